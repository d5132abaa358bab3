import { SagekeepError } from '@sagekeep/contracts';
import type { LockSession } from '../lock/index.ts';
import type { Session } from '../server/index.ts';
import type { PresentDatabase } from './properties.ts';

/** Five seconds of asking. */
const guardRounds = 25;

/** SQL: whether we may end a session of role `r`: superusers' only as a superuser. */
export const mayEnd = `((select rolsuper from pg_roles where rolname = current_user)
  or (not r.rolsuper and (pg_has_role(r.oid, 'member') or pg_has_role('pg_signal_backend', 'member'))))`;

/** Those inside whom we may not end. */
async function guardsOf(session: Session, database: PresentDatabase): Promise<string[]> {
  const rows = await session.query<{ who: string }>(
    `select format('%s (pid %s, role %s)', nullif(a.application_name, ''), a.pid, r.rolname) as who
       from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
      where a.datid = $1::oid and coalesce(a.backend_type, 'client backend') = 'client backend' and not ${mayEnd}`,
    [database.oid],
  );
  return rows.map((row) => row.who);
}

/** Throws `PERMISSION_MISSING` when somebody is inside whom we may not end. Asked before anything is made. */
export async function refuseIfGuarded(session: Session, database: PresentDatabase): Promise<void> {
  const who = await guardsOf(session, database);
  if (who.length > 0) throw guarded(database.name, who);
}

/**
 * The same after all has been built: whoever just looks in is waited for, and one who stays may be gone when the job is
 * run again. Asked before anything is locked: a rename that waits in vain would keep everybody at the door for its 5 s.
 */
export async function awaitUnguarded(lock: LockSession, database: PresentDatabase): Promise<void> {
  for (let round = 1; ; round += 1) {
    lock.signal.throwIfAborted();
    const who = await guardsOf(lock.session, database);
    if (who.length === 0) return;
    if (round === guardRounds) throw guarded(database.name, who, true);
    await lock.session.query('select pg_sleep(0.2)');
  }
}

function guarded(name: string, who: readonly string[], retryable = false): SagekeepError {
  return new SagekeepError(
    'PERMISSION_MISSING',
    `Sessions with ${JSON.stringify(name)} may not be ended by the user of the database URL, so nothing was swapped and nothing has changed: ${who.join(', ')}.`,
    {
      retryable,
      advice:
        'End them by hand (pg_stat_activity), or let the user of the database URL end them: pg_signal_backend for ordinary roles, superuser for superusers. Then run the job again.',
      facts: { sessions: who },
    },
  );
}
