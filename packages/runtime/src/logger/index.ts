export { createLogger, type LoggerOptions, type ProcessLogger } from './createLogger.ts';
export { type LogFile, type LogFileOptions, openLogFile } from './files.ts';
export { createScrubber } from './scrub.ts';
