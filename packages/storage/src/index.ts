export * from './port.ts';
export * from './vault.ts';
