export { plan } from './plan.ts';
export { requirePlan } from './survey.ts';
