export { proveSomewhere } from './proveSomewhere.ts';
export { sweepContainers } from './sweepContainers.ts';
