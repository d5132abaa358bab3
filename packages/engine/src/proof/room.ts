import { SagekeepError } from '@sagekeep/contracts';
import { maxWalBytes } from '../restore/space.ts';
import {
  type Connection,
  diskOn,
  gigabytes,
  isClientSession,
  queryOne,
  type Session,
} from '../server/index.ts';

/** Connections that a proof leaves to everybody else, besides its own. */
const spareConnections = 5;

const gibibyte = 1024 ** 3;

/** Where a proof builds. */
export interface Place {
  readonly session: Session;
  readonly connection: Connection;
  readonly tablespace: string;
}

/** What a proof is about to take. */
export interface Wish {
  readonly connections: number;
  readonly bytes: number;
  readonly walBytes: number;
}

/** What a disk must have left for everybody else: a tenth, but at least 1 GiB, and 10 GiB are always enough. */
export function reserveOf(totalBytes: number): number {
  return Math.min(10 * gibibyte, Math.max(gibibyte, totalBytes / 10));
}

async function freeConnections(session: Session): Promise<number> {
  const row = await queryOne<{ free: string }>(
    session,
    `select current_setting('max_connections')::int - (select count(*) from pg_stat_activity
       where ${isClientSession}) as free`,
  );
  return Number(row.free);
}

function tooFew(free: number): SagekeepError {
  return new SagekeepError(
    'SERVER_UNREACHABLE',
    `The server has only ${free} free connections left for a proof.`,
    {
      retryable: true,
      advice: 'Raise max_connections, or let proofs run on another server (proof.where).',
      facts: { free },
    },
  );
}

function tooFull(neededBytes: number, free: { bytes: number; reserve: number }): SagekeepError {
  return new SagekeepError(
    'SPACE_MISSING',
    `The proof takes about ${gigabytes(neededBytes)}; the server's disk has ${gigabytes(free.bytes)} free, of which a proof leaves ${gigabytes(free.reserve)} to others and to the write-ahead log.`,
    {
      retryable: true,
      advice: 'Free space on the disk of the server, or let proofs run on another server (proof.where).',
      facts: { neededBytes, freeBytes: free.bytes, reserveBytes: free.reserve },
    },
  );
}

/** Null when the place can spare what is wished for, as far as anybody can tell. */
async function shortage(
  { session, connection, tablespace }: Place,
  wish: Wish,
): Promise<SagekeepError | null> {
  const free = await freeConnections(session);
  if (free < wish.connections + spareConnections) return tooFew(free);
  const disk = await diskOn(session, connection, tablespace);
  if (disk === null) return null;
  const reserve = reserveOf(disk.totalBytes) + wish.walBytes;
  if (disk.freeBytes >= wish.bytes + reserve) return null;
  return tooFull(wish.bytes, { bytes: disk.freeBytes, reserve });
}

/** A proof on the server of a live database must not be what makes that one refuse its clients or fills its disk. */
export async function requireRoom(place: Place, wish: Omit<Wish, 'walBytes'>): Promise<void> {
  // The log of loading so many bytes, before a checkpoint lets go of it.
  const walBytes = Math.min(wish.bytes, await maxWalBytes(place.session));
  const short = await shortage(place, { ...wish, walBytes });
  if (short !== null) throw short;
}

/** Asks again once a second; `signal` aborts as soon as the room that a proof must leave is gone. */
export function watchRoom(place: Place): Disposable & { readonly signal: AbortSignal } {
  const gone = new AbortController();
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    // A lost session is heard of by its own signal.
    const short = await shortage(place, { connections: 0, bytes: 0, walBytes: 0 }).catch(() => null);
    if (short !== null) gone.abort(short);
    asking = false;
  };
  const timer = setInterval(() => void ask(), 1000);
  return { signal: gone.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
