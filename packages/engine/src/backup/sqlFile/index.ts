export { copiesOf } from './copyRows.ts';
export { createFrameIndex, type FrameIndex } from './frameIndex.ts';
export { type Copies, noCopies, segmentsOf } from './segments.ts';
export { sqlFileOf } from './sqlFile.ts';
