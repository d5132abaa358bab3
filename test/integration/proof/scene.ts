import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseConfig } from '@sagekeep/contracts';
import { createDatabase } from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  dropSiblings,
  sql,
  type TestContext,
  worldOf,
} from '../restore/harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];

/** Removes what the scenes of a test made; for `afterEach`. */
export async function closeScenes(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export interface SceneOptions {
  readonly config?: Partial<DatabaseConfig>;
  readonly now?: () => Date;
}

/** A database with a schema, and a backup of it that nobody has proven yet. */
export async function scene(schema: string, options: SceneOptions = {}) {
  const database = await createDatabase();
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  if (schema !== '') await sql(database.url, schema);
  const world = worldOf([configOf('sage', database.url, options.config)], {
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const folder = join(world.folder, 'sage', manifest.id);
  const prove = (how: { drill?: boolean; context?: TestContext } = {}) =>
    world.engine.prove(
      { backup: manifest.id, drill: how.drill ?? false, by: 'tester' },
      how.context ?? contextOf(),
    );
  return { database, world, manifest, folder, prove };
}

export const notes = `create table notes (id serial primary key, text text);
  insert into notes (text) select md5(i::text) from generate_series(1, 5000) i;
  select lo_from_bytea(0, 'a large object')`;

/** Changes a file as if its storage had. */
export async function rewrite(path: string, at: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  at(bytes);
  await writeFile(path, bytes);
}

export const flip = (path: string) =>
  rewrite(path, (bytes) => {
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 4;
  });
