import { fileURLToPath } from 'node:url';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, isAlive } from '../../support/children.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';

const program = fileURLToPath(new URL('./programs/stopAtBorder.ts', import.meta.url));
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  const fill = `create table big (id int, t text);
    insert into big select i, md5(i::text) || md5((-i)::text) from generate_series(1, 600000) i`;
  await administer((client) => client.query(fill), database.url);
});
afterAll(() => database.drop());

async function sessionsOfBackups(): Promise<number> {
  let count = 0;
  await administer(async (client) => {
    const { rows } = await client.query(
      `select from pg_stat_activity where application_name like 'sagekeep-backup/%' and datname = $1`,
      [database.dbname],
    );
    count = rows.length;
  });
  return count;
}

const before = [
  'preflight',
  'snapshot',
  'dumping',
  'dump',
  'globals',
  'store',
  'deriving',
  'derive',
  'check',
];

describe('a worker killed with -9', () => {
  it.each([...before, 'publish'])(
    'at %s: nothing that is not whole is listed, and the job ends when it is run again',
    async (phase) => {
      using folder = temporaryFolder();
      const vault = createVault({
        storage: createFolderStorage({ folder: folder.path }),
        now: () => new Date(),
      });
      const border = phase.endsWith('ing') ? phase : `backup:${phase}`;
      await using worker = spawnNode(program, { args: [database.url, folder.path, 'the-job', border] });
      await worker.line(new RegExp(`^at ${border}`));
      const children = ['pg_dump', 'pg_restore'].flatMap((tool) => childrenOf(worker.pid, tool));
      if (phase.endsWith('ing')) expect(children).toHaveLength(1);
      await worker.kill();

      const { backups, damaged } = await vault.catalogue.list();
      expect(damaged).toEqual([]);
      expect(backups).toHaveLength(phase === 'publish' ? 1 : 0);
      await waitFor(() => !children.some(isAlive), { what: 'the children to die with their worker' });
      await waitFor(async () => (await sessionsOfBackups()) === 0, { what: 'the sessions to end' });

      await using next = spawnNode(program, { args: [database.url, folder.path, 'the-job', '', '2'] });
      await next.line(/^made /);
      const after = await vault.catalogue.list();
      expect(after.backups).toHaveLength(1);
      expect(after.backups[0]?.manifest.inventory.tables).toMatchObject([{ rows: 600_000 }]);
      for (const file of await vault.catalogue.scrub(after.backups[0] as never)) expect(file).toBeUndefined();
      // What the dead attempt left is known as such to the next sweep.
      const leftovers = await vault.attempts.leftovers(0, new Date());
      expect(leftovers.length).toBeLessThanOrEqual(1);
    },
  );
});
