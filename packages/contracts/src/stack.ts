import { z } from 'zod';

/** `data/run/stack.json` (mode 0600): how to reach a local stack that is ready. The CLI uses it when nothing else is configured. */
export const Stack = z.object({
  api: z.url(),
  tokens: z.object({ viewer: z.string(), operator: z.string() }),
  board: z.object({ url: z.url(), user: z.string(), password: z.string() }),
  redis: z.string(),
  databases: z.record(z.string(), z.string()),
  pids: z.record(z.string(), z.int()),
});
export type Stack = z.infer<typeof Stack>;
