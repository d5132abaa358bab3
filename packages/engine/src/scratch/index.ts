export { proveSomewhere } from './proveSomewhere.ts';
