import { dirname, join } from 'node:path';
import type { Configuration, Log } from '@sagekeep/contracts';
import { type ContainerEvent, followContainerEvents } from '@sagekeep/engine';
import { openLogFile } from '@sagekeep/runtime';
import type { Watch } from '@sagekeep/watch';
import type { LabelledDatabases } from '../labels/createLabelled.ts';
import { databasesOf } from './databasesOf.ts';

export interface FollowedContainers {
  /** Since when Docker's events are heard without a gap; null while they are not. */
  since(): Date | null;
  stop(): Promise<void>;
}

/**
 * Hears what happens to the containers of the configured and labelled databases: every event goes to a rotated file in `supervisor/`
 * beside the folder of the logs, and to the next look of the monitor. Null where Docker or containers are not configured.
 */
export function followContainers(about: {
  readonly configuration: Configuration;
  readonly labelled: Pick<LabelledDatabases, 'here' | 'hear' | 'lookAgain'>;
  readonly watch: Pick<Watch, 'hear'>;
  readonly log: Log;
}): FollowedContainers | null {
  const { configuration, labelled, watch, log } = about;
  const { databases, docker, logs } = configuration;
  if (docker.host === null) return null;
  if (docker.labels === null && databases.every(({ container }) => container === null)) return null;
  const file =
    logs.folder === null
      ? null
      : openLogFile(join(dirname(logs.folder), 'supervisor'), 'containers', {
          onTrouble: (error) =>
            log.warn({ err: error }, 'events of containers cannot be written to their file'),
        });
  let since: Date | null = null;
  const ending = new AbortController();

  function hear(event: ContainerEvent): void {
    labelled.hear(event);
    const concerned = databasesOf(event, labelled.here());
    if (concerned.length === 0) return;
    const { at, action, container, exitCode } = event;
    file?.stream.write(
      `${JSON.stringify({ time: at, container, databases: concerned, action, exitCode })}\n`,
    );
    for (const database of concerned)
      watch
        .hear({ database, at, heardAt: new Date(), action })
        .catch((error: unknown) => log.warn({ err: error }, 'an event of a container could not be kept'));
  }

  const ended = followContainerEvents({
    dockerHost: docker.host,
    signal: ending.signal,
    onEvent: hear,
    onState(following, error) {
      since = following ? new Date() : null;
      if (following) labelled.lookAgain();
      if (following) log.info({ docker: docker.host }, "Docker's events are heard");
      else log.warn({ err: error }, "Docker's events are not heard; tried again every few seconds");
    },
  });
  return {
    since: () => since,
    async stop() {
      ending.abort();
      await ended;
      await file?.close();
    },
  };
}
