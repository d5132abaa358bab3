import type { Configuration, Log } from '@sagekeep/contracts';
import { type ContainerEvent, followContainerEvents } from '@sagekeep/engine';
import type { Watch } from '@sagekeep/watch';
import { atMost } from '../atMost.ts';
import type { LabelledDatabases } from '../labels/createLabelled.ts';
import { databasesOf } from './databasesOf.ts';
import { openJournal } from './journal.ts';

export interface FollowedContainers {
  /** Since when Docker's events are heard without a gap; null while they are not. */
  since(): Date | null;
  stop(): Promise<void>;
}

interface About {
  readonly configuration: Configuration;
  readonly labelled: Pick<LabelledDatabases, 'here' | 'asked' | 'hear' | 'lookAgain'>;
  readonly watch: Pick<Watch, 'hear' | 'heardUntil'>;
  readonly log: Log;
}

/**
 * Hears what happens to the containers of the configured and labelled databases, and what happened while no worker ran, as far
 * back as Docker remembers: every event goes to a rotated file in `supervisor/` beside the folder of the logs, and to the next
 * look of the monitor. Null where Docker or containers are not configured.
 */
export function followContainers(about: About): FollowedContainers | null {
  const { labelled, log } = about;
  const { databases, docker } = about.configuration;
  const { host } = docker;
  if (host === null) return null;
  if (docker.labels === null && databases.every(({ container }) => container === null)) return null;
  const journal = openJournal(about);
  const ending = new AbortController();
  let since: Date | null = null;

  async function follow(dockerHost: string): Promise<void> {
    const { sinceNano, isNew } = await whatIsKnown(about);
    await followContainerEvents({
      ...{ dockerHost, signal: ending.signal, sinceNano },
      onEvent(event) {
        labelled.hear(event);
        const concerned = databasesOf(event, labelled.here()).filter((name) => isNew(event, name));
        if (concerned.length > 0) journal.write(event, concerned);
      },
      onState(following, error) {
        since = following ? new Date() : null;
        if (following) labelled.lookAgain();
        if (following) log.info({ docker: dockerHost }, "Docker's events are heard");
        else log.warn({ err: error }, "Docker's events are not heard; tried again every few seconds");
      },
    });
  }
  const ended = follow(host);
  return {
    since: () => since,
    async stop() {
      ending.abort();
      // What it may wait for at its beginning, the storage, need not answer.
      await atMost(3_000, ended);
      await journal.close();
    },
  };
}

interface Known {
  /** Nothing before that is new, nanoseconds since 1970. */
  readonly sinceNano: number;
  isNew(event: Pick<ContainerEvent, 'nano'>, database: string): boolean;
}

/** What was heard of each database, by whichever worker. Where the storage does not tell, what happens from now on is new. */
async function whatIsKnown({ labelled, watch, log }: About): Promise<Known> {
  const begin = Date.now() * 1e6;
  await labelled.asked;
  const names = labelled.here().flatMap(({ name, container }) => (container === null ? [] : [name]));
  const heard = await watch.heardUntil(names, begin).catch((error: unknown) => {
    log.warn({ err: error }, 'events of the time in which no worker ran are not asked for');
    return new Map<string, number>();
  });
  return {
    sinceNano: Math.min(begin, ...heard.values()),
    isNew: ({ nano }, database) => nano > (heard.get(database) ?? begin),
  };
}
