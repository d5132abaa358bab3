import {
  type DatabaseConfig,
  DatabaseName,
  type DatabaseRecord,
  type LabelledContainer,
  missedAfterMs,
} from '@sagekeep/contracts';
import { databaseOf } from './databases.ts';
import { type Around, type LabelledDatabase, readLabels } from './labels.ts';

/**
 * The databases of all labelled containers. A database in the file wins over a label, and a running container over a
 * stopped one; two that run under one name are both refused.
 */
export function readLabelled(
  containers: readonly LabelledContainer[],
  configured: readonly DatabaseConfig[],
  around: Around,
): LabelledDatabase[] {
  const all = containers
    .filter((each) => !configured.some(({ container }) => container === each.name))
    .map((each) => readLabels(each, around));
  const names = [...new Set(all.map(({ name }) => name))];
  return names.flatMap((name) => {
    const named = all.filter((each) => each.name === name);
    const one = oneOf(named);
    if (one === undefined || !configured.some((each) => each.name === name)) return one ?? [];
    return refused(one, {
      why: `the configuration has another database ${name}, which goes on as it is`,
      advice: 'label it sagekeep.database=<another name>',
    });
  });
}

function oneOf(named: readonly LabelledDatabase[]): LabelledDatabase | undefined {
  const running = named.filter((each) => each.running);
  const [first = named[0], second] = running;
  if (first === undefined || second === undefined) return first;
  const container = running.map((each) => each.container).join(', ');
  return refused(
    { ...first, container },
    {
      why: `${running.length} containers go by the name ${first.name}: ${container}`,
      advice: 'label each of them sagekeep.database=<a name of its own>',
    },
  );
}

function refused(database: LabelledDatabase, trouble: { why: string; advice: string }): LabelledDatabase {
  return { ...database, outcome: { state: 'refused', ...trouble } };
}

/** What the storage has on record of labelled containers, and the ids of what it cannot tell. */
export interface LabelledRecords {
  readonly items: readonly DatabaseRecord[];
  readonly damaged: readonly string[];
}

/**
 * Every database that is known: the configured ones, and those of labelled containers by their records; one whose record is
 * damaged is still known. `here` are the labelled ones that this process reaches; the others have no URL, and say why.
 */
export function withLabelled(
  configured: readonly DatabaseConfig[],
  { items, damaged }: LabelledRecords,
  here: ReadonlyMap<string, DatabaseConfig> = new Map(),
): DatabaseConfig[] {
  const names = new Set(configured.map(({ name }) => name));
  const labelled = items.filter(({ id, name }) => id === name && !names.has(name));
  const unread = damaged.filter((id) => DatabaseName.safeParse(id).success && !names.has(id));
  return [
    ...configured,
    ...labelled.map((record) => here.get(record.name) ?? fromRecord(record)),
    ...unread.map((name) => here.get(name) ?? fromDamaged(name)),
  ];
}

function fromDamaged(name: string): DatabaseConfig {
  const unreachable = {
    why: `What is on record of the labelled container of ${name} is damaged.`,
    advice: `A worker beside that container writes it anew; if it is gone for good: sagekeep forget ${name}`,
  };
  return { ...databaseOf(name, {}, null), unreachable };
}

function fromRecord(record: DatabaseRecord): DatabaseConfig {
  const { name, container } = record;
  return { ...databaseOf(name, { container }, null), unreachable: whyNotHere(record) };
}

function whyNotHere({ name, container, state, why, advice }: DatabaseRecord) {
  if (state !== 'ready')
    return {
      why: `The container ${container} of ${name} ${state === 'gone' ? 'is gone' : `is ${state}`}: ${why ?? 'nobody knows why'}.`,
      advice: advice ?? 'Look at sagekeep status.',
    };
  return {
    why: `The container ${container} of ${name} is not known to the Docker that this worker asks.`,
    advice: 'A worker beside that container can do this: try again, or stop the workers that cannot see it.',
  };
}

/** Whether a worker has looked at it lately. */
export function isSeen({ seenAt }: DatabaseRecord, now: Date): boolean {
  return now.getTime() - Date.parse(seenAt) < missedAfterMs;
}
