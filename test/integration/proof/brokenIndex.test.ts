import { chmod } from 'node:fs/promises';
import { execa } from 'execa';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresIdentity } from '../../../apps/local/src/servers/identity.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, siblings, sql, worldOf } from '../restore/harness.ts';
import { changePage, fileOf } from '../verify/damage.ts';
import { closeScenes, notes, scene } from './scene.ts';

afterEach(closeScenes);

describe('a proof fails for an index of the copy', () => {
  it.each(['notes_pkey', 'notes_near'])('that may not be used, and names it: %s', async (index) => {
    const { database, prove, world, manifest } = await scene(
      `create extension vector; ${notes}; alter table notes add v vector(3);
       create index notes_near on notes using hnsw (v vector_l2_ops)`,
    );
    const invalidate = async () => {
      const [scratch = ''] = await siblings(database.dbname);
      const statement = `update pg_index set indisvalid = false where indexrelid = '${index}'::regclass`;
      await sql(withDatabase(database.url, scratch), statement);
    };
    const context = contextOf({
      onBorder: (name) => (name === 'prove:post-data' ? invalidate() : undefined),
    });
    expect(await prove({ drill: true, context })).toMatchObject({
      result: 'failed',
      error: `Indexes of the copy are not valid: public.${index}.`,
    });
    expect((await world.vault.catalogue.get(manifest.id)).marks.proof?.result).toBe('failed');
    expect(await world.vault.catalogue.newestProven('sage')).toBeNull();
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it.each([
    [
      'whose keys are out of order',
      (page: Buffer) => {
        // The first two line pointers behind the high key change places.
        const [a, b] = [page.readUInt32LE(28), page.readUInt32LE(32)];
        page.writeUInt32LE(b, 28);
        page.writeUInt32LE(a, 32);
      },
      'item order invariant violated',
    ],
    ['with a page that is none', (page: Buffer) => page.fill(0xa5, 0, 24), 'invalid page in block 1'],
  ])('%s, and names it', async (_how, damage, says) => {
    await using server = await startPrivatePostgres({ durable: false });
    using elsewhere = await tablespaceOn(server.url);
    await sql(server.url, 'create database live');
    const url = withDatabase(server.url, 'live');
    await sql(url, notes);
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const context = contextOf({
      onBorder: (name) =>
        name === 'prove:compare' ? damageIndex(server.url, elsewhere.name, damage) : undefined,
    });
    const proof = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, context);
    expect(proof.result).toBe('failed');
    expect(proof.error).toContain('The index public.notes_pkey of the copy is corrupt');
    expect(proof.error).toContain(says);
    expect(await world.vault.catalogue.newestProven('sage')).toBeNull();
    expect(await sql(server.url, `select from pg_database where datname ~ '_scratch_'`)).toEqual([]);
  });
});

async function tablespaceOn(url: string): Promise<Disposable & { readonly name: string }> {
  const folder = temporaryFolder();
  await chmod(folder.path, 0o755);
  const { uid, gid } = await postgresIdentity();
  await execa('chown', [`${uid}:${gid}`, folder.path]);
  await sql(url, `create tablespace elsewhere location '${folder.path}'`);
  return { name: 'elsewhere', [Symbol.dispose]: () => folder.remove() };
}

/** What was moved is in no buffer: the server reads the file, and meets the damage. */
async function damageIndex(
  serverUrl: string,
  tablespace: string,
  damage: (page: Buffer) => void,
): Promise<void> {
  const [scratch] = await sql<{ name: string }>(
    serverUrl,
    `select datname as name from pg_database where datname ~ '_scratch_'`,
  );
  const client = new pg.Client({ connectionString: withDatabase(serverUrl, scratch?.name ?? '') });
  await client.connect();
  await client.query(`alter index notes_pkey set tablespace ${tablespace}`);
  const path = await fileOf(client, 'notes_pkey');
  await client.end();
  await changePage(path, damage);
}
