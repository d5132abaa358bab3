import type { LockMode, LockScope } from './keys.ts';

/** Everything that may happen to one database and its backups at the same time. */
export const operations = [
  'backup',
  'safety backup',
  'proof',
  'live verification',
  'restore aside',
  'restore in place',
  'swap',
  'undo',
  'cleanup',
  'drop of a kept database',
] as const;
export type Operation = (typeof operations)[number];

/** Besides the two session locks: `files` stands for the pins in the storage. */
export type Resource = Extract<LockScope, 'restore' | 'content'> | 'files';
export type Claims = Readonly<Partial<Record<Resource, LockMode>>>;

/** What each operation holds while it runs. The engine takes its locks from here. */
export const claims: Readonly<Record<Operation, Claims>> = {
  backup: { content: 'shared' },
  'safety backup': { content: 'shared' },
  proof: { files: 'shared' },
  'live verification': { content: 'shared' },
  'restore aside': { restore: 'exclusive', files: 'shared' },
  'restore in place': { restore: 'exclusive', content: 'exclusive', files: 'shared' },
  swap: { restore: 'exclusive', content: 'exclusive', files: 'shared' },
  undo: { restore: 'exclusive', content: 'exclusive' },
  cleanup: { files: 'exclusive' },
  'drop of a kept database': { restore: 'exclusive' },
};

/**
 * What happens when the second starts while the first runs.
 * `together`: both run. `waits`: the second goes back to the queue with `LOCK_BUSY`, without using an attempt.
 * `ends`: the second waits for the first (60 s by default), then ends it; the first is retried later.
 * `keeps`: the second leaves alone what the first reads.
 */
export type Outcome = 'together' | 'waits' | 'ends' | 'keeps';

/** Readers whose length nobody can foresee must not keep a proven copy from going live for ever. */
const patient: readonly Operation[] = ['swap', 'undo', 'restore in place'];

function clash(first: LockMode | undefined, second: LockMode | undefined): boolean {
  return first !== undefined && second !== undefined && (first === 'exclusive' || second === 'exclusive');
}

/** The matrix, derived from the claims: what happens when `second` starts while `first` runs on the same database. */
export function outcome(first: Operation, second: Operation): Outcome {
  const held = claims[first];
  const wanted = claims[second];
  if (clash(held.restore, wanted.restore)) return 'waits';
  if (clash(held.content, wanted.content)) {
    return held.content === 'shared' && patient.includes(second) ? 'ends' : 'waits';
  }
  // The other way round a reader pins first and then looks: what cleanup took meanwhile is gone, never half there.
  if (clash(held.files, wanted.files) && first !== 'cleanup') return 'keeps';
  return 'together';
}
