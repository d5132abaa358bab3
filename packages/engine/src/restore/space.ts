import { SagekeepError } from '@sagekeep/contracts';
import { type Connection, diskOn, gigabytes, type Session } from '../server/index.ts';

/** Room for a copy on the server's disk. */
export interface Space {
  readonly neededBytes: number;
  /** Null when nobody can tell. */
  readonly freeBytes: number | null;
}

/** Free bytes of the disk where a new database would be made; null when nobody can tell. */
export async function freeBytesOn(
  session: Session,
  connection: Connection,
  tablespace: string,
): Promise<number | null> {
  return (await diskOn(session, connection, tablespace))?.freeBytes ?? null;
}

/** Null when the room suffices, or nobody can tell. */
export function spaceObstacle({ neededBytes, freeBytes }: Space): SagekeepError | null {
  if (freeBytes === null || neededBytes <= freeBytes) return null;
  return new SagekeepError(
    'SPACE_MISSING',
    `The copy takes about ${gigabytes(neededBytes)}; the server's disk has ${gigabytes(freeBytes)} free.`,
    {
      retryable: true,
      advice: 'Free space on the disk of the server, or restore to another server (--server).',
      facts: { neededBytes, freeBytes },
    },
  );
}

/** Throws `SPACE_MISSING`, with the figures, when it is known that the copy does not fit. */
export async function requireSpace(
  session: Session,
  connection: Connection,
  copy: { neededBytes: number; tablespace: string },
): Promise<void> {
  const freeBytes = await freeBytesOn(session, connection, copy.tablespace);
  const obstacle = spaceObstacle({ neededBytes: copy.neededBytes, freeBytes });
  if (obstacle !== null) throw obstacle;
}
