import type { ClientBase } from 'pg';
import { createRandom, type Random } from './random.ts';
import { createMemory, createSession, type MemoryRow, type SessionRow } from './rows.ts';

export interface SampleSize {
  readonly memories: number;
  readonly sessions: number;
}

/** What `npm start` begins with. */
export const sampleSize: SampleSize = { memories: 3000, sessions: 36 };

/** Rows of a batch: about a megabyte on its way to the server. */
const batch = 32;

/** Fills an empty Sage database with rows that are the same in every run. The caller decides on the transaction. */
export async function fillSample(client: ClientBase, size: SampleSize = sampleSize): Promise<void> {
  const random = createRandom(20_261_122);
  const sessions = Array.from({ length: size.sessions }, (_, index) => createSession(random, index));
  await insertSessions(client, sessions);
  for (let done = 0; done < size.memories; done += batch) {
    await insertMemories(
      client,
      someMemories(random, sessions, { from: done, to: Math.min(done + batch, size.memories) }),
    );
  }
}

function someMemories(random: Random, sessions: readonly SessionRow[], range: { from: number; to: number }) {
  return Array.from({ length: range.to - range.from }, (_, offset) =>
    createMemory(random, range.from + offset, sessions),
  );
}

async function insertSessions(client: ClientBase, rows: readonly SessionRow[]): Promise<void> {
  await client.query(
    `INSERT INTO sessions (id, name, metadata, created_at, updated_at, last_active)
     SELECT id, name, metadata, created_at, created_at, created_at + interval '14 days'
     FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[]) AS row (id, name, metadata, created_at)`,
    [column(rows, 'id'), column(rows, 'name'), column(rows, 'metadata'), column(rows, 'createdAt')],
  );
}

async function insertMemories(client: ClientBase, rows: readonly MemoryRow[]): Promise<void> {
  await client.query(
    `INSERT INTO memories (id, session_id, user_input, assistant_response, embedding, metadata, created_at, updated_at)
     SELECT id, session_id, user_input, assistant_response, embedding::vector, metadata, created_at, created_at
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[])
       AS row (id, session_id, user_input, assistant_response, embedding, metadata, created_at)`,
    [
      column(rows, 'id'),
      column(rows, 'sessionId'),
      column(rows, 'input'),
      column(rows, 'answer'),
      column(rows, 'embedding'),
      column(rows, 'metadata'),
      column(rows, 'createdAt'),
    ],
  );
}

function column<Row, Key extends keyof Row>(rows: readonly Row[], key: Key): Row[Key][] {
  return rows.map((row) => row[key]);
}
