export { type Verification, type VerifyDependencies, verify } from './verify.ts';
