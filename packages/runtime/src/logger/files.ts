import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { createStream } from 'rotating-file-stream';
import { claimLogName } from './claim.ts';

/** A rotated log file: a new one daily and above 20 MB, 30 old ones kept, compressed. */
export interface LogFile {
  readonly stream: Writable;
  close(): Promise<void>;
}

/** `onTrouble` hears why the file cannot be written (once); the process goes on without it. */
export function openLogFile(
  folder: string,
  process: string,
  onTrouble: (error: Error) => void,
): LogFile | null {
  try {
    return rotating(folder, process, onTrouble);
  } catch (error) {
    onTrouble(error instanceof Error ? error : new Error(String(error)));
    return null;
  }
}

function rotating(folder: string, process: string, onTrouble: (error: Error) => void): LogFile {
  const claim = claimLogName(folder, process);
  const stream = createStream(`${claim.name}.log`, {
    path: folder,
    size: '20M',
    interval: '1d',
    maxFiles: 30,
    history: `.${claim.name}.history`,
    compress: 'gzip',
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
