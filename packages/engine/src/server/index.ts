export * from './clientSessions.ts';
export * from './connection.ts';
export * from './disk.ts';
export * from './errors.ts';
export * from './quote.ts';
export * from './session.ts';
export * from './unreachable.ts';
export * from './version.ts';
