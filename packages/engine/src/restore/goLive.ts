import type { DatabaseProperties, JobContext } from '@sagekeep/contracts';
import { SagekeepError } from '@sagekeep/contracts';
import { type LockSession, openHelper, takePatiently, unlock } from '../lock/index.ts';
import { commentMark } from './create.ts';
import { preparedError, preparedTransactions } from './preflight.ts';
import { type PresentDatabase, presentDatabase } from './properties.ts';
import { type Swapped, swap } from './swap.ts';

export interface GoLiveOptions {
  readonly lock: LockSession;
  readonly name: string;
  readonly incoming: { readonly name: string; readonly oid: number };
  readonly before: string;
  /** For the kept database's comment. */
  readonly why: string;
  /** Properties of the live name when there is no database to carry them over from. */
  readonly wanted: DatabaseProperties;
  /** How long a running backup may go on before it is ended, ms. */
  readonly patienceMs: number;
  readonly context: JobContext;
  /** Told which database is about to be renamed, before it is. */
  readonly onBefore: (live: PresentDatabase | null) => Promise<void>;
  /** Told, when nothing came of it, how long clients were shut out in vain, ms. */
  readonly onFailure: (downtimeMs: number) => Promise<void>;
}

async function swapNow(options: GoLiveOptions): Promise<Swapped> {
  const { lock, name, context } = options;
  const live = await presentDatabase(lock.session, name);
  const incoming = await presentDatabase(lock.session, options.incoming.name);
  if (incoming === null || incoming.oid !== options.incoming.oid) {
    throw new SagekeepError('LOCK_LOST', 'The copy that was to go live is gone or another one.', {
      retryable: true,
      advice: 'A later attempt has taken over, or somebody dropped it. Look at "sagekeep status".',
    });
  }
  const prepared = await preparedTransactions(lock.session, name);
  if (prepared.length > 0) throw preparedError(name, prepared);
  await options.onBefore(live);
  await context.border('restore:before-swap');
  await using helper = await openHelper(lock);
  return await swap(lock, {
    live,
    name,
    incoming,
    before: options.before,
    beforeComment: `${commentMark} ${options.why}`,
    wanted: options.wanted,
    helper,
    border: (border) => context.border(border),
    onFailure: options.onFailure,
  });
}

/** Shuts backups out, swaps, and lets them in again. The session must hold the target's lock. */
export async function goLive(options: GoLiveOptions): Promise<Swapped> {
  const { lock, name, context } = options;
  const content = { scope: 'content', dbname: name, mode: 'exclusive' } as const;
  const ended = await takePatiently(lock, content, options.patienceMs);
  for (const holder of ended)
    context.log(`ended ${holder.applicationName ?? 'a reader'}, which is retried later`);
  try {
    return await swapNow(options);
  } finally {
    if (!lock.session.lost.aborted) await unlock(lock.session, content).catch(() => undefined);
  }
}
