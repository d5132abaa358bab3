export { renderReport } from './report/renderReport.ts';
export { type CollectStatusOptions, collectStatus } from './status/collectStatus.ts';
export type { JobFacts, StatusFacts, StorageFacts } from './status/facts.ts';
export { isProven, isSuspect, newest, storedBytes } from './status/proven.ts';
export { type RenderStatusOptions, renderStatus } from './status/renderStatus.ts';
export { statusOf } from './status/statusOf.ts';
export { alignColumns, padEnd, padStart, textWidth } from './text/columns.ts';
export { plainLine } from './text/plain.ts';
export { byteSize, count, counted, duration, percent } from './text/units.ts';
