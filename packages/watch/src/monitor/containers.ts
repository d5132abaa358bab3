import type { Finding } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';
import { counted } from '../text/units.ts';
import { seen } from './finding.ts';
import { folderOf, keepHeard } from './heardUntil.ts';

/** One moment in the life of a database's container. */
export interface ContainerMoment {
  readonly database: string;
  readonly at: Date;
  /** The same in nanoseconds since 1970, as finely as Docker tells events apart. */
  readonly nano: number;
  /** Later than `at` by what the connection to Docker was away, or every worker. */
  readonly heardAt: Date;
  /** Docker's word for it: `oom`, `die`, `start` … */
  readonly action: string;
}

/** What findings are made of; the rest of a container's life is for the log. */
const telling = ['oom', 'die', 'restart', 'start'];
const dayMs = 24 * 3_600_000;

/** Keeps a moment for the next look, and that it was heard. Several workers may hear of the same one: it is kept once. */
export async function keepMoment(storage: Storage, moment: ContainerMoment): Promise<void> {
  const { database, at, nano, heardAt, action } = moment;
  const key = `${folderOf(database)}/${at.getTime()}-${action}`;
  if (telling.includes(action))
    await storage.put(key, JSON.stringify({ at, heardAt, action }), { ifAbsent: true });
  await keepHeard(storage, database, nano);
}

export interface MomentsSince {
  readonly databases: readonly string[];
  /** The look before. */
  readonly since: Date;
  /** Since when the events are heard here without a gap; null when they are not. */
  readonly followedSince: Date | null;
  readonly now: Date;
}

/** One finding for each database with a container. What is older than a day is forgotten. */
export async function containerFindings(storage: Storage, about: MomentsSince): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const database of about.databases) {
    const recent: Moment[] = [];
    for (const moment of await momentsOf(storage, database)) {
      if ((await heardAt(storage, moment)) > about.since.getTime()) recent.push(moment);
      else if (about.now.getTime() - moment.at > dayMs) await storage.remove(moment.key);
    }
    findings.push(findingOf(database, recent, about));
  }
  return findings;
}

interface Moment {
  readonly key: string;
  readonly at: number;
  readonly action: string;
}

async function momentsOf(storage: Storage, database: string): Promise<Moment[]> {
  const children = await storage.children(folderOf(database));
  return children.flatMap(({ name }) => {
    const [, at, action = ''] = /^(\d+)-([a-z]+)$/.exec(name) ?? [];
    return at === undefined ? [] : [{ key: `${folderOf(database)}/${name}`, at: Number(at), action }];
  });
}

/** What happened while Docker was away is news for the look after it was heard, not for one that is over. */
async function heardAt(storage: Storage, { key, at }: Moment): Promise<number> {
  try {
    const kept = JSON.parse((await storage.read(key, 1024)).toString('utf8')) as { heardAt: string };
    const heard = Date.parse(kept.heardAt);
    return Number.isNaN(heard) ? at : heard;
  } catch {
    return at;
  }
}

/** Nothing heard proves nothing where nobody listened. */
function findingOf(
  database: string,
  moments: readonly Moment[],
  { since, followedSince }: MomentsSince,
): Finding {
  const times = (action: string) => moments.filter((moment) => moment.action === action).length;
  const [kills, ends, starts] = [times('oom'), times('die'), times('start')];
  const quiet = kills + ends + starts === 0;
  const heardFrom = followedSince !== null && followedSince > since ? followedSince : since;
  const status = kills > 0 ? 'fail' : !quiet ? 'warn' : followedSince === null ? 'skip' : 'pass';
  const value =
    status === 'skip'
      ? "Docker's events are not heard here"
      : quiet
        ? `nothing since ${heardFrom.toISOString()}`
        : `since ${since.toISOString()}: ${counted(kills, 'OOM kill')}, ended ${ends} ×, started ${starts} ×`;
  return seen({
    id: 'container.events',
    title: `${database}: Container since the last look`,
    status,
    value,
    expected: 'neither ended nor killed for lack of memory',
    advice:
      'docker logs of the container says why; its events are in data/logs/supervisor; give it more memory if the kernel killed it',
  });
}
