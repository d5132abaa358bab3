import { type CleanupAction, SagekeepError } from '@sagekeep/contracts';
import type { Leftover } from './leftovers.ts';

export interface UnsweptServer {
  /** Without its password. */
  readonly server: string;
  readonly why: string;
}

/** What the configured servers hold that is ours and not live, as far as they answer. */
export interface Survey {
  readonly leftovers: readonly Leftover[];
  readonly unswept: readonly UnsweptServer[];
}

/** What became of one of them. */
export interface Swept {
  readonly action: CleanupAction;
  readonly freedBytes: number;
  /** Why it could not be dropped; null when that did not fail. */
  readonly error: Error | null;
}

/** Why a kept database that somebody named is not dropped; null when it is, or would be. */
export function whyNotDropped(kept: string, survey: Survey, swept: Swept | undefined): Error | null {
  if (swept === undefined) return notFound(kept, survey);
  if (swept.action.action === 'delete') return null;
  if (swept.error !== null) return swept.error;
  return new SagekeepError('LOCK_BUSY', `${kept} was not dropped: ${swept.action.reason}.`, {
    advice: 'Try again when the job that works with it is done: sagekeep jobs.',
    facts: { kept },
    retryable: true,
  });
}

function notFound(kept: string, { leftovers, unswept }: Survey): SagekeepError {
  const known = leftovers.map(({ name }) => name);
  const facts = { known };
  if (unswept.length > 0) {
    const servers = unswept.map(({ server, why }) => `${server} (${why})`).join(', ');
    const message = `No server that answers has a kept database "${kept}"; these could not be asked: ${servers}.`;
    const advice = 'See to the server, then try again.';
    return new SagekeepError('SERVER_UNREACHABLE', message, { advice, facts, retryable: true });
  }
  const advice = known.length === 0 ? 'None is kept now.' : `Known are: ${known.join(', ')}.`;
  return new SagekeepError('UNKNOWN_DATABASE', `There is no kept database "${kept}".`, { advice, facts });
}
