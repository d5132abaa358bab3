import { open } from 'node:fs/promises';
import type pg from 'pg';

const pageBytes = 8192;

/** Where the file of a relation is. */
export async function fileOf(client: pg.Client, relation: string): Promise<string> {
  const { rows } = await client.query<{ path: string }>(
    `select current_setting('data_directory') || '/' || pg_relation_filepath($1) as path`,
    [relation],
  );
  return rows[0]?.path ?? '';
}

/** The TOAST table of a table: where its long values are. */
export async function toastOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select reltoastrelid::regclass::text as name from pg_class where oid = $1::regclass',
    [table],
  );
  return rows[0]?.name ?? '';
}

/** Changes the second page of a file that no server has in a buffer. */
export async function changePage(path: string, change: (page: Buffer) => void): Promise<void> {
  const file = await open(path, 'r+');
  const page = Buffer.alloc(pageBytes);
  await file.read(page, 0, pageBytes, pageBytes);
  change(page);
  await file.write(page, 0, pageBytes, pageBytes);
  await file.close();
}
