import { z } from 'zod';

/** A job's progress. `progress` (0–100) is what Bull Board's ring shows; all figures are measured, never guessed. */
export const Progress = z.object({
  progress: z.number().min(0).max(100),
  phase: z.string(),
  bytes: z.int().nonnegative().optional(),
  bytesPerSecond: z.number().nonnegative().optional(),
  etaMs: z.number().nonnegative().optional(),
  detail: z.string().optional(),
});
export type Progress = z.infer<typeof Progress>;

/** What a piece of work is given instead of the queue's own job. */
export interface JobContext {
  /** Unique for a job; the same in all its attempts. */
  readonly jobId: string;
  /** The job within which this one is done, whose end is this one's, too. Left out for one that stands by itself. */
  readonly partOf?: string;
  /** 1 for the first attempt. Also counts runs after a crash. */
  readonly attempt: number;
  /** Who asked: a token's name, `schedule`, or `offline:<user>`. */
  readonly actor: string;
  /** What its report must say of when it runs: late, or to make up for a lost run. Null or left out: nothing. */
  readonly late?: string | null;
  /** Aborted on cancel, timeout, shutdown and lost lock; its reason is a SagekeepError. */
  readonly signal: AbortSignal;
  /** One line of the story that Bull Board and the CLI show. Never a secret. */
  log(line: string): void;
  /** Throttled by the receiver: call it as often as there is news. */
  progress(progress: Progress): void;
  /**
   * A named border between two phases. Tests wait here to kill things; in production it does nothing.
   * Names are stable: `backup:dumped`, `restore:before-swap` …
   */
  border(name: string): Promise<void>;
}
