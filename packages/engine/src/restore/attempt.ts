import type { JobContext, RestorePayload } from '@sagekeep/contracts';
import type { LockSession } from '../lock/index.ts';
import type { Phases } from './phases.ts';
import type { Source } from './restoreSource.ts';
import type { Choice } from './source.ts';
import type { Target } from './target.ts';

/** One attempt at a restore, holding its target's lock. */
export interface Attempt {
  readonly target: Target;
  readonly source: Source;
  readonly choice: Choice;
  readonly payload: RestorePayload;
  readonly phases: Phases;
  readonly shortId: string;
  readonly lock: LockSession;
  /** Its signal also aborts when the lock is lost. */
  readonly context: JobContext;
}
