import { dirname, join } from 'node:path';
import type { Configuration, Log } from '@sagekeep/contracts';
import type { ContainerEvent } from '@sagekeep/engine';
import { openLogFile } from '@sagekeep/runtime';
import type { Watch } from '@sagekeep/watch';
import { atMost } from '../atMost.ts';

/** Where what happened to containers is written down. */
export interface Journal {
  /** In the file at once, and for the monitor as soon as the storage has taken what came before. */
  write(event: ContainerEvent, databases: readonly string[]): void;
  /** Waits for the storage, though not for long. */
  close(): Promise<void>;
}

export function openJournal({
  configuration: { logs },
  watch,
  log,
}: {
  readonly configuration: Pick<Configuration, 'logs'>;
  readonly watch: Pick<Watch, 'hear'>;
  readonly log: Log;
}): Journal {
  const onTrouble = (error: Error) =>
    log.warn({ err: error }, 'events of containers cannot be written to their file');
  const folder = logs.folder === null ? null : join(dirname(logs.folder), 'supervisor');
  const file = folder === null ? null : openLogFile(folder, 'containers', { onTrouble });
  let kept = Promise.resolve();

  async function keep({ at, nano, action }: ContainerEvent, databases: readonly string[]): Promise<void> {
    for (const database of databases)
      await watch
        .hear({ database, at, nano, heardAt: new Date(), action })
        .catch((error: unknown) => log.warn({ err: error }, 'an event of a container could not be kept'));
  }

  return {
    write(event, databases) {
      const { at, action, container, exitCode } = event;
      file?.stream.write(`${JSON.stringify({ time: at, container, databases, action, exitCode })}\n`);
      kept = kept.then(() => keep(event, databases));
    },
    async close() {
      await atMost(3_000, kept);
      await file?.close();
    },
  };
}
