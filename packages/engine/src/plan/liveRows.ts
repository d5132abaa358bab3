import type { JobContext, TableChange } from '@sagekeep/contracts';
import { connect, lockWaitMs } from '../server/index.ts';
import { type LiveRows, liveTables } from './liveTables.ts';
import type { Survey } from './survey.ts';

/** Counting may not take longer than a person is ready to wait for a plan. */
const countBudgetMs = 60_000;

interface Counted {
  readonly rows: ReadonlyMap<string, LiveRows>;
  readonly warnings: readonly string[];
}

async function count(survey: Survey, context: JobContext): Promise<ReadonlyMap<string, LiveRows>> {
  await using session = await connect(survey.target.connection, {
    applicationName: survey.applicationName,
    signal: context.signal,
    settings: { default_transaction_read_only: 'on', lock_timeout: String(lockWaitMs) },
  });
  // What a stranger's file is a snapshot of, nobody knows.
  const since = survey.source.foreign === null ? survey.source.manifest.snapshotAt : null;
  return await liveTables(session, { budgetMs: countBudgetMs, since });
}

/** A plan is made of a damaged database too: what cannot be counted is said. */
export async function liveRows(survey: Survey, context: JobContext): Promise<Counted> {
  if (survey.live === null) return { rows: new Map(), warnings: [] };
  try {
    const rows = await count(survey, context);
    return { rows, warnings: newerWarnings(rows) };
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { rows: new Map(), warnings: [`The rows of the live database could not be counted: ${why}`] };
  }
}

function newerWarnings(rows: ReadonlyMap<string, LiveRows>): string[] {
  const newer = [...rows].flatMap(([name, { newer: found, newest }]) =>
    found === null || found === 0 || newest === null ? [] : [`${found} in ${name} (by ${newest.column})`],
  );
  return newer.length === 0 ? [] : [`Rows newer than the backup would be lost: ${newer.join(', ')}.`];
}

export function tableChanges(
  now: ReadonlyMap<string, LiveRows>,
  then: ReadonlyMap<string, number>,
): TableChange[] {
  const names = [...new Set([...now.keys(), ...then.keys()])].sort();
  return names.map((name) => ({
    name,
    rowsNow: now.get(name)?.rows ?? null,
    rowsThen: then.get(name) ?? null,
    newest: now.get(name)?.newest ?? null,
    newer: now.get(name)?.newer ?? null,
  }));
}
