import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { createStream } from 'rotating-file-stream';
import { claimLogName } from './claim.ts';

/** A rotated log file: a new one daily and above 20 MB, 30 old ones kept, compressed. */
export interface LogFile {
  readonly stream: Writable;
  close(): Promise<void>;
}

export interface LogFileOptions {
  /** Hears why the file cannot be written (once); the process goes on without it. */
  readonly onTrouble: (error: Error) => void;
  readonly maxKilobytes?: number;
  readonly oldFiles?: number;
}

/** Opens `<process>.log`; null when it cannot be written. */
export function openLogFile(folder: string, process: string, options: LogFileOptions): LogFile | null {
  try {
    return rotating(folder, process, options);
  } catch (error) {
    options.onTrouble(error instanceof Error ? error : new Error(String(error)));
    return null;
  }
}

function rotating(folder: string, process: string, options: LogFileOptions): LogFile {
  const { onTrouble, maxKilobytes = 20 * 1024, oldFiles = 30 } = options;
  const claim = claimLogName(folder, process);
  const stream = createStream(`${claim.name}.log`, {
    path: folder,
    size: `${maxKilobytes}K`,
    interval: '1d',
    maxFiles: oldFiles,
    history: `.${claim.name}.history`,
    compress: 'gzip',
    // Without the boundary the library takes no notice of a file of yesterday when it opens it.
    intervalBoundary: true,
    initialRotation: true,
  });
  stream.once('error', onTrouble);
  // Later trouble of a stream that is already given up.
  stream.on('error', () => undefined);
  return {
    stream,
    async close() {
      if (!stream.destroyed && !stream.writableFinished) {
        const ended = once(stream, 'close').catch(() => undefined);
        stream.end();
        await ended;
      }
      claim.release();
    },
  };
}
