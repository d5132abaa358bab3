import { parseCron } from './cron.ts';
import { nextRun } from './nextRun.ts';

/** BullMQ's hook for cron texts, on queues and workers alike: our rule instead of its lax parser. */
export const repeatSettings = {
  repeatStrategy(after: number, about: { pattern?: string; tz?: string }): number | undefined {
    if (about.pattern === undefined) return undefined;
    return nextRun(parseCron(about.pattern), about.tz ?? 'UTC', after) ?? undefined;
  },
};
