export { createLogger, type LoggerOptions, type ProcessLogger } from './createLogger.ts';
export { type LogFile, openLogFile } from './files.ts';
export { createScrubber } from './scrub.ts';
