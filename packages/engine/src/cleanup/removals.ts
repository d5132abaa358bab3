import { type CleanupAction, isSagekeepError, type JobContext } from '@sagekeep/contracts';
import type { EngineDependencies } from '../engine.ts';
import type { Removal } from './leftovers.ts';

/** What came of the removals: the plan as it was carried out, and what went otherwise. */
export interface Outcome {
  readonly actions: CleanupAction[];
  readonly freedBytes: number;
  /** The first thing that could not be removed; null when there was none. */
  readonly failure: unknown;
  /** The first thing that was spared because the facts had changed; null when there was none. */
  readonly spared: unknown;
}
type Log = Pick<EngineDependencies, 'log'>;

/**
 * Carries removals out, one after the other. What cannot be removed stays in the plan as kept, with the reason, and
 * never stops the rest. Only the context's signal does.
 */
export async function carryOut(
  { log }: Log,
  removals: readonly Removal[],
  context: JobContext,
): Promise<Outcome> {
  const actions: CleanupAction[] = [];
  let freedBytes = 0;
  let failure: unknown = null;
  let spared: unknown = null;
  for (const [index, { action, remove }] of removals.entries()) {
    context.signal.throwIfAborted();
    context.progress({ progress: (index / removals.length) * 100, phase: 'delete', detail: action.backup });
    try {
      const freed = await remove();
      freedBytes += freed;
      actions.push({ ...action, bytes: freed });
      context.log(`deleted ${action.subject} ${action.backup} (${freed} bytes): ${action.reason}`);
    } catch (error) {
      context.signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      actions.push({ ...action, action: 'keep', reason: `${action.reason}, but: ${why}` });
      context.log(`kept ${action.subject} ${action.backup}: ${why}`);
      if (isChangeOfFacts(error)) {
        spared ??= error;
        continue;
      }
      failure ??= error;
      log.warn({ err: error, subject: action.subject, name: action.backup }, 'a removal failed');
    }
  }
  return { actions, freedBytes, failure, spared };
}

/** Somebody else was faster, or a reason to keep it has turned up: that is no failure of cleanup. */
function isChangeOfFacts(error: unknown): boolean {
  return ['BACKUP_PROTECTED', 'UNKNOWN_BACKUP', 'STORAGE_OBJECT_MISSING'].some(
    (code) => isSagekeepError(error) && error.code === code,
  );
}
