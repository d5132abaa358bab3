export { addDelivery } from './addDelivery.ts';
export { createJobs } from './createJobs.ts';
export { type Failure, formatFailure, parseFailure } from './failure.ts';
export { standingFailures } from './standingFailures.ts';
