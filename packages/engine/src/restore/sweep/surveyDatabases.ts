import type { CleanupAction, JobContext, RestoreRecord } from '@sagekeep/contracts';
import { isAlive, newShortId, openMaintenance } from '../../lock/index.ts';
import { applicationName } from '../../lock/names.ts';
import { describeConnection, onDatabase, type Session } from '../../server/index.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { allRestores } from '../record.ts';
import { isOnServer, serverOf } from '../servers.ts';
import { baseOf } from './baseOf.ts';
import type { Survey, UnsweptServer } from './keptByName.ts';
import { allServers, keptUntil, type Leftover, type MadeDatabase, madeDatabases } from './leftovers.ts';

export interface SweepOptions {
  readonly context: JobContext;
  /** Only what belongs to this database. */
  readonly database?: string | undefined;
  /** The name of a kept database that shall go now, before its time; nothing else is swept then. */
  readonly kept?: string | undefined;
  /** Restores that jobs will undo: who asked in time must not find it gone when his job comes to its turn. */
  readonly undoing?: readonly string[];
}

const defaultKeepMs = 24 * 3_600_000;

function keepMsOf(deps: RestoreDependencies, record: RestoreRecord | null): number {
  return deps.databases.find((entry) => entry.name === record?.database)?.keepBeforeMs ?? defaultKeepMs;
}

function actionFor(made: MadeDatabase, action: CleanupAction['action'], reason: string): Leftover {
  return {
    ...made,
    action: {
      subject: 'database',
      backup: made.name,
      database: made.record?.database ?? '',
      action,
      reason,
      bytes: made.bytes,
    },
  };
}

async function decide(
  deps: RestoreDependencies,
  session: Session,
  made: MadeDatabase & { readonly wanted: boolean; readonly awaited: boolean },
): Promise<Leftover> {
  if (made.kind === 'aside' || made.kind === 'scratch') {
    if (await isAlive(session, made.name))
      return actionFor(made, 'keep', 'a restore or proof is building it');
    return actionFor(made, 'delete', 'left behind by an attempt that is dead');
  }
  if (made.awaited) return actionFor(made, 'keep', 'a queued or running job will undo its restore');
  const until = keptUntil(made, keepMsOf(deps, made.record));
  if (made.wanted) return actionFor(made, 'delete', 'asked for by name');
  if (until === null) return actionFor(made, 'keep', 'no record says until when it is kept; drop it by name');
  if (until > deps.now()) return actionFor(made, 'keep', `kept for undo until ${until.toISOString()}`);
  return actionFor(made, 'delete', `kept for undo until ${until.toISOString()}, which has passed`);
}

/** What lies on the configured servers that is ours and not live, with what should become of it. Read-only. */
export async function surveyDatabases(deps: RestoreDependencies, options: SweepOptions): Promise<Survey> {
  const records = await allRestores(deps.vault);
  const shortId = newShortId(options.context.jobId, options.context.attempt);
  const found: Leftover[] = [];
  const unswept: UnsweptServer[] = [];
  for (const connection of allServers(deps)) {
    try {
      const asker = { applicationName: applicationName('sweep', shortId), signal: options.context.signal };
      await using session = await openMaintenance(connection, asker);
      const server = await serverOf(session, connection);
      const here = records.filter((record) => isOnServer(deps, record, server));
      for (const made of await madeDatabases(session, connection, here)) {
        // Locks live with the dbname that a copy was made for, not with the one that this server is configured by.
        await using home = await openMaintenance(onDatabase(connection, baseOf(made.name)), asker);
        const wanted = options.kept === made.name;
        const awaited = made.record !== null && options.undoing?.includes(made.record.id) === true;
        found.push(await decide(deps, home, { ...made, wanted, awaited }));
      }
    } catch (error) {
      options.context.signal.throwIfAborted();
      const server = describeConnection(connection);
      deps.log.warn({ err: error, server }, 'a server could not be swept');
      unswept.push({ server, why: error instanceof Error ? error.message : String(error) });
    }
  }
  const { database } = options;
  const ours = found.filter(
    (entry) => database === undefined || ['', database].includes(entry.action.database),
  );
  return { leftovers: ours, unswept };
}
