export * from './conflicts.ts';
export * from './contentLock.ts';
export * from './fence.ts';
export * from './keys.ts';
export * from './names.ts';
export * from './session.ts';
export * from './take.ts';
export * from './terminate.ts';
