import { isSagekeepError, type JobContext, type RestoreRecord } from '@sagekeep/contracts';
import { newShortId, openLockSession, tryLock } from '../../lock/index.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { keepSettled } from '../keepSettled.ts';
import { allRestores } from '../record.ts';
import { settle, settleUndo } from '../settle.ts';
import { resolveTarget } from '../target.ts';
import type { SweepOptions } from './surveyDatabases.ts';

/** Tells the truth about restores and undos whose worker died and that nobody tried again. */
export async function settleDead(
  deps: RestoreDependencies,
  { context, database }: Pick<SweepOptions, 'context' | 'database'>,
): Promise<void> {
  for (const record of await allRestores(deps.vault)) {
    if (record.state !== 'building' && (record.state !== 'swapped' || record.before === null)) continue;
    if (database !== undefined && record.database !== database) continue;
    try {
      await settleOne(deps, record, context);
    } catch (error) {
      context.signal.throwIfAborted();
      // What is not configured any more can be asked nothing; its record stays as it is.
      if (isSagekeepError(error, 'UNKNOWN_DATABASE') || isSagekeepError(error, 'UNKNOWN_SERVER')) continue;
      deps.log.warn({ err: error, restore: record.id }, 'a dead restore could not be settled yet');
    }
  }
}

async function settleOne(
  deps: RestoreDependencies,
  record: RestoreRecord,
  context: JobContext,
): Promise<void> {
  const target = resolveTarget(deps, { database: record.database, into: record.into, server: record.server });
  await using lock = await openLockSession(target.connection, {
    kind: 'sweep',
    shortId: newShortId(context.jobId, context.attempt),
    signal: context.signal,
  });
  if (!(await tryLock(lock.session, { scope: 'restore', dbname: record.into, mode: 'exclusive' }))) return;
  const fresh = (await deps.vault.records.get('restores', record.id)) ?? record;
  const { keepBeforeMs } = target.database;
  const options = { session: lock.session, now: deps.now(), keepBeforeMs };
  const settled = await settleUndo({ ...options, record: await settle({ ...options, record: fresh }) });
  if (settled !== fresh) await keepSettled(deps, settled);
}
