export { assertChecksExist } from './configuredChecks.ts';
export { checks } from './registry.ts';
export { type Verification, type VerifyDependencies, verify } from './verify.ts';
