export { schedulesFor } from './declaredSchedules.ts';
export { isSeen, type LabelledRecords, readLabelled, withLabelled } from './labelled.ts';
export type { Around, LabelledDatabase } from './labels.ts';
export { type LoadOptions, loadConfiguration } from './load.ts';
export { readSecretFile } from './secretFolder.ts';
export { formsOf } from './secrets.ts';
