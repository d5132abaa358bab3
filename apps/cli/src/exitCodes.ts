/** What the exit status of every verb says. Scripts may rely on these numbers. */
export const exitCodes = {
  /** It was done, or everything that was asked for is in order. */
  done: 0,
  /** It could not be done; the message says why and what to do. */
  failed: 1,
  /** The command was not understood; nothing was started. */
  usage: 2,
  /** It was done, and what it found needs somebody: findings of a check, a failed proof, obstacles of a plan. */
  findings: 3,
  /** Ctrl-C: the command stopped watching; a job that it had started in the queue goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The same in sentences, for `--help`. */
export const exitCodeSentences: readonly string[] = [
  '0    done, or all in order',
  '1    could not be done; the message says why and what to do',
  '2    the command was not understood; nothing was started',
  '3    done, and it found something that needs you',
  '130  Ctrl-C: stopped watching; a queued job goes on',
];
