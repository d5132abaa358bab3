import { SagekeepError } from '@sagekeep/contracts';
import { quoteIdentifier, type Session } from '../../server/index.ts';

function advice(names: readonly string[]): string {
  const statements = names.map(quoteIdentifier).map((name) => {
    const change = `ALTER SUBSCRIPTION ${name}`;
    return `${change} DISABLE; ${change} SET (slot_name = NONE); DROP SUBSCRIPTION ${name};`;
  });
  return `Drop them in that database first: ${statements.join(' ')} Their slots stay with the publisher. Or restore aside.`;
}

/**
 * Throws `RESTORE_REFUSED` while the database has subscriptions: what a restore in place drops they are no part of, and
 * they would go on writing into what it loads.
 */
export async function requireNoSubscriptions(session: Session, dbname: string): Promise<void> {
  // Some columns of pg_subscription are for superusers only; these are not.
  const rows = await session.query<{ name: string }>(
    `select s.subname as name from pg_catalog.pg_subscription s
       join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = $1 order by 1`,
    [dbname],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name);
  throw new SagekeepError(
    'RESTORE_REFUSED',
    `${JSON.stringify(dbname)} has subscriptions, which a restore in place can neither drop nor make anew: ${names.join(', ')}.`,
    { advice: advice(names), facts: { subscriptions: names } },
  );
}
