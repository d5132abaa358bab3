import pg from 'pg';
import { expect, it } from 'vitest';
import { administer, createDatabase, createRole } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';

it('a role whose idle sessions the server ends makes a backup that takes longer than that', async () => {
  await using role = await createRole();
  await using database = await createDatabase({ owner: role });
  await administer((client) => client.query(`alter role ${role.name} set idle_session_timeout = '1s'`));
  const migration = new pg.Client({ connectionString: database.url });
  migration.on('error', () => undefined);
  await migration.connect();
  await migration.query('create table public.held (a int); insert into public.held values (1)');
  await migration.query(`alter table public.held owner to ${role.name}`);
  await migration.query('begin; lock table public.held in access exclusive mode');
  await using subject = await createSubject(database.ownerUrl);
  const context = testContext();
  const log = (line: string) => {
    context.log(line);
    // Each round waits for a second while the session that holds the backup's lock is idle.
    const rounds = context.lines.filter((each) => each.startsWith('snapshot: starting over')).length;
    if (rounds === 2) void migration.end();
  };
  const { manifest } = await subject.backup({ ...context, log });
  expect(manifest.inventory.tables).toMatchObject([{ name: 'public.held', rows: 1 }]);
});
