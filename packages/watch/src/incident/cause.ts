/** One cause of trouble as somebody saw it. The same cause has the same key, whoever sees it and however often. */
export interface Cause {
  /** `backup-failed:sage`, `check:sage:pgvector.coverage` … */
  readonly key: string;
  readonly database: string | null;
  readonly severity: 'warn' | 'fail';
  readonly title: string;
  readonly detail: string;
  /** The command to type next. */
  readonly advice: string;
}
