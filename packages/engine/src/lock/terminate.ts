import { SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session } from '../server/index.ts';

const rounds = 200;

/**
 * Ends sessions and resolves when they are really gone: a killed client's backend writes on until its statement ends.
 * Throws `PERMISSION_MISSING` when a session may not be ended by us, `OBJECT_BUSY` when one stays for over 10 s.
 */
export async function terminatePids(session: Session, pids: readonly number[]): Promise<void> {
  if (pids.length === 0) return;
  await session.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);
  for (let round = 0; round < rounds; round += 1) {
    const row = await queryOne<{ left: string }>(
      session,
      `select count(*) as left, pg_sleep(case when count(*) > 0 then 0.05 else 0 end)
         from pg_stat_activity where pid = any($1::int[])`,
      [pids],
    );
    if (row.left === '0') return;
  }
  throw new SagekeepError('OBJECT_BUSY', 'A session that had to end did not end within 10 s.', {
    retryable: true,
    advice: 'Look into pg_stat_activity for what it waits for.',
    facts: { pids },
  });
}
