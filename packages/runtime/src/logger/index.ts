export { createLogger, type LoggerOptions, type ProcessLogger } from './createLogger.ts';
export { createScrubber } from './scrub.ts';
