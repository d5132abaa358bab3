import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRandom } from './random.ts';
import { createMemory, createSession, type MemoryRow } from './rows.ts';

function someMemories(count: number): MemoryRow[] {
  const random = createRandom(7);
  const sessions = Array.from({ length: 5 }, (_, index) => createSession(random, index));
  return Array.from({ length: count }, (_, index) => createMemory(random, index, sessions));
}

test('the sample is the same in every run', () => {
  const digest = (rows: MemoryRow[]) => createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  expect(digest(someMemories(20))).toBe(digest(someMemories(20)));
});

test('it has both languages, rows without an embedding and without a session, and no id twice', () => {
  const rows = someMemories(200);
  const languages = new Set(
    rows.map(({ metadata }) => (JSON.parse(metadata) as { language: string }).language),
  );
  expect([...languages].sort()).toEqual(['en', 'zh']);
  const bare = rows.filter(({ embedding }) => embedding === null).length;
  expect(bare).toBeGreaterThan(3);
  expect(bare).toBeLessThan(30);
  expect(rows.some(({ sessionId }) => sessionId === null)).toBe(true);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(200);
  for (const { id } of rows)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('embeddings have 4096 dimensions', () => {
  const embedding = someMemories(3).find((row) => row.embedding !== null)?.embedding ?? '[]';
  expect((JSON.parse(embedding) as number[]).length).toBe(4096);
});
