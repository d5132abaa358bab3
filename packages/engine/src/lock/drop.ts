import { isSagekeepError, type SagekeepError } from '@sagekeep/contracts';
import { quoteIdentifier, quoteLiteral, type Session } from '../server/index.ts';
import { type EnterFrom, enterCopy } from './enterCopy.ts';
import { endStuckDrop } from './stuckDrop.ts';

/**
 * Drops a database and whoever is in it. What is gone already is no error. Throws `OBJECT_BUSY` when sessions
 * of other databases keep PostgreSQL from ending it (`endStuckDrop`): then nobody can connect to it any more, and
 * dropping it again ends it.
 */
export async function dropDatabase(from: EnterFrom, name: string): Promise<void> {
  const over = new AbortController();
  const drop = `drop database if exists ${quoteIdentifier(name)} with (force)`;
  const [failed, stuck] = await Promise.all([
    from.session
      .query(drop)
      .then(
        () => null,
        (error: unknown) => error,
      )
      .finally(() => over.abort()),
    endStuckDrop(from, name, over.signal),
  ]);
  if (failed !== null) throw stuck ?? failed;
}

/** Whether a drop of it was begun and not ended: PostgreSQL lets nobody in, and only drops it. */
export async function isHalfDropped(session: Session, name: string): Promise<boolean> {
  const rows = await session.query('select from pg_database where datname = $1 and datconnlimit = -2', [
    name,
  ]);
  return rows.length > 0;
}

/**
 * Drops a copy that never was live, with what PostgreSQL drops no database with: subscriptions, which came with the dump
 * and were never connected (the slots that they name belong to the live database's own), and prepared transactions.
 */
export async function dropCopy(from: EnterFrom, name: string): Promise<void> {
  const holding = await from.session.query(
    `select from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1
     union all select from pg_prepared_xacts where database = $1`,
    [name],
  );
  if (holding.length > 0) await clear(from, name);
  await dropDatabase(from, name);
}

/**
 * Drops a copy, or makes sure at least that nobody gets into it: then it is left to the next cleanup. Resolves with why it is
 * still there, or null.
 */
export async function dropOrShut(from: EnterFrom, name: string): Promise<SagekeepError | null> {
  try {
    await dropCopy(from, name);
    return null;
  } catch (error) {
    if (isSagekeepError(error, 'OBJECT_BUSY') && (await isHalfDropped(from.session, name))) return error;
    throw error;
  }
}

async function clear(
  { session: outside, connection, applicationName }: EnterFrom,
  name: string,
): Promise<void> {
  // Whoever calls may have a signal: a copy is dropped after its job was cancelled, too.
  await using session = await enterCopy({ session: outside, connection, applicationName }, name);
  const prepared = await session.query<{ gid: string; owner: string }>(
    'select gid, owner from pg_catalog.pg_prepared_xacts where database = pg_catalog.current_database()',
  );
  for (const { gid, owner } of prepared) {
    // Only a superuser may end what another role has prepared.
    await session.query(`set role ${quoteIdentifier(owner)}`);
    await session.query(`rollback prepared ${quoteLiteral(gid)}`);
    await session.query('reset role');
  }
  const subscriptions = await session.query<{ name: string }>(
    `select s.subname as name from pg_catalog.pg_subscription s
       join pg_catalog.pg_database d on d.oid = s.subdbid
      where d.datname = pg_catalog.current_database()`,
  );
  for (const subscription of subscriptions) {
    const quoted = quoteIdentifier(subscription.name);
    await session.query(`alter subscription ${quoted} disable`);
    await session.query(`alter subscription ${quoted} set (slot_name = none)`);
    await session.query(`drop subscription ${quoted}`);
  }
}
