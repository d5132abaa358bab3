import { SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session } from '../server/index.ts';

/** Connections that a proof leaves to everybody else, besides its own. */
const spare = 5;

/** A proof on the server of a live database must not be what makes that one refuse its clients. */
export async function checkRoom(session: Session, jobs: number): Promise<void> {
  const row = await queryOne<{ used: string; most: string }>(
    session,
    `select (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,
            current_setting('max_connections') as most`,
  );
  const free = Number(row.most) - Number(row.used);
  if (free >= jobs + spare + 2) return;
  throw new SagekeepError(
    'SERVER_UNREACHABLE',
    `The server has only ${free} free connections left for a proof.`,
    {
      retryable: true,
      advice: 'Raise max_connections, or let proofs run on another server (proof.where).',
      facts: { free },
    },
  );
}
