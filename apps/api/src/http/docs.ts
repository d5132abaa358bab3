import type { Readable } from 'node:stream';
import { Problem } from '@sagekeep/contracts';
import { z } from 'zod';

/** The answer of every route to everything that goes wrong. */
export const problems = {
  default: {
    description: 'What went wrong (RFC 9457), with a stable `code`',
    content: { 'application/problem+json': { schema: Problem } },
  },
} as const;

/** Names a part of the path. Its form is checked by whoever looks the thing up: a wrong one is unknown, so 404. */
export const IdParams = z.object({ id: z.string().min(1).max(300) });

export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe('A repeated request with the same key gets the first one’s job'),
});

/** A body that is streamed: nothing checks or changes it on its way. */
export const Streamed = z.custom<Readable>();
