import { z } from 'zod';
import { invalidInput } from './problem.ts';

/** The query of every list: how many, and where to go on. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().min(1).max(1000).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/**
 * One page of a list in descending order of `keyOf`. The cursor names the last key that was given, so that what is
 * added or deleted between two pages neither repeats nor skips the rest.
 */
export function pageBy<T>(
  all: readonly T[],
  query: PageQuery,
  keyOf: (item: T) => string,
): { items: T[]; nextCursor?: string } {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
  const rest = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === null || key < after)
    .sort((a, b) => (a.key < b.key ? 1 : -1));
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > page.length;
  return { items: page.map(({ item }) => item), ...(more && { nextCursor: encodeCursor(last.key) }) };
}

function encodeCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('k:')) {
    throw invalidInput([{ field: 'cursor', message: 'not a cursor that a list has given' }]);
  }
  return text.slice(2);
}
