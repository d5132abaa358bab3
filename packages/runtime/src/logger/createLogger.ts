import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Configuration } from '@sagekeep/contracts';
import { type Logger, multistream, pino, type StreamEntry, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { serializeError } from './errors.ts';
import { openLogFile } from './files.ts';
import { createScrubStream } from './scrub.ts';

export interface LoggerOptions {
  readonly configuration: Pick<Configuration, 'logs' | 'secrets'>;
  /** Names the log file: `api`, `worker`, `cli`. */
  readonly process: string;
  /** Where lines go besides the file; default stdout. */
  readonly output?: Writable;
}

export interface ProcessLogger {
  /** pino's own logger; it satisfies `Log` of the contracts. */
  readonly log: Logger;
  /** Flushes and closes the file. Later lines go to the output only. */
  close(): Promise<void>;
}

/**
 * The one logger of a process: to stdout (readable on a terminal, JSON else) and to a rotated file when a folder is
 * configured. Secrets are removed at the stream, so that no call can forget to.
 */
export function createLogger(options: LoggerOptions): ProcessLogger {
  const { logs, secrets } = options.configuration;
  const output = options.output ?? process.stdout;
  const scrubbed = createScrubStream(secrets);
  scrubbed.pipe(logs.pretty ? pretty({ destination: output, colorize: true, sync: true }) : output, {
    end: false,
  });
  const level = logs.level as StreamEntry['level'];
  const streams: StreamEntry[] = [{ level: level ?? 'info', stream: scrubbed }];
  const filed = createScrubStream(secrets);
  // Lines go nowhere from then on, but they must go: a stream that nobody reads keeps them all.
  const stopFiling = () => {
    filed.unpipe();
    filed.resume();
  };
  const file =
    logs.folder === null
      ? null
      : openLogFile(logs.folder, options.process, {
          onTrouble(error) {
            stopFiling();
            queueMicrotask(() =>
              log.error({ err: error }, 'the log file cannot be written; logging to the output only'),
            );
          },
        });
  if (file !== null) {
    filed.pipe(file.stream);
    streams.push({ level: level ?? 'info', stream: filed });
  }
  const log = createPino(level ?? 'info', options.process, multistream(streams));
  return {
    log,
    async close() {
      await setImmediate();
      stopFiling();
      await file?.close();
    },
  };
}

function createPino(level: string, process: string, stream: ReturnType<typeof multistream>): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error) => serializeError(error), error: (error) => serializeError(error) },
    },
    stream,
  );
}
