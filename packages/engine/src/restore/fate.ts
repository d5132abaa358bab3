import { type RestoreRecord, SagekeepError } from '@sagekeep/contracts';
import { applicationName, terminatePids } from '../lock/index.ts';
import type { Session } from '../server/index.ts';

/**
 * What came of the transaction of a restore in place; `in part` when it was committed before all of it was proven, which
 * only the dump can have done; `unknown` when the server has forgotten it.
 */
export type Fate = 'committed' | 'in part' | 'untouched' | 'unknown';

/**
 * Asks by the transaction's id, which the record was told when it began and once more before its commit. A commit that is
 * still under way is neither: the attempt's sessions are ended first. Throws `OBJECT_BUSY` when it goes on all the same.
 */
export async function fateOf(record: RestoreRecord, session: Session): Promise<Fate> {
  const xid = record.xid ?? record.began ?? '';
  // Without an id nothing was ever sent to it.
  if (!/^\d+$/.test(xid)) return 'untouched';
  let status = await statusOf(session, xid);
  if (status === 'in progress') {
    await endAttempt(session, record);
    status = await statusOf(session, xid);
  }
  if (status === 'in progress') throw stillUnderWay(record.into, xid);
  if (status === 'committed') return record.xid == null ? 'in part' : 'committed';
  return status === 'aborted' ? 'untouched' : 'unknown';
}

async function statusOf(session: Session, xid: string): Promise<string | null> {
  const [row] = await session.query<{ status: string | null }>('select pg_xact_status($1::xid8) as status', [
    xid,
  ]);
  return row?.status ?? null;
}

async function endAttempt(session: Session, { into, shortId }: RestoreRecord): Promise<void> {
  const rows = await session.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = $1 and application_name = $2 and pid <> pg_backend_pid()',
    [into, applicationName('restore', shortId)],
  );
  await terminatePids(
    session,
    rows.map(({ pid }) => pid),
  );
}

function stillUnderWay(into: string, xid: string): SagekeepError {
  return new SagekeepError(
    'OBJECT_BUSY',
    `The transaction of an earlier restore of ${JSON.stringify(into)} is still under way: whether it commits, nobody can tell yet.`,
    {
      retryable: true,
      advice: 'Look into pg_stat_activity for who holds it (backend_xid); the job can be run again.',
      facts: { xid },
    },
  );
}
