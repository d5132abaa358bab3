import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sql } from '../../integration/restore/harness.ts';
import { rewriteSql } from '../../integration/restore/rewriteSql.ts';
import { waitFor } from '../../support/events.ts';
import { postgresUrl } from '../../support/servers.ts';
import { stageOf } from './stage.ts';

it.each(['restore:safety', 'restore:before-commit'])(
  'in place, a worker that is killed at %s has changed nothing',
  async (border) => {
    await using stage = await stageOf();
    const jobId = `in-place-${border}`;
    await using worker = stage.attempt({ jobId, stopAt: border, inPlace: true });
    await worker.line(new RegExp(`^at ${border}$`));
    await worker.kill('SIGKILL');
    await stage.clients.allAnswered();
    expect(await stage.rows()).toBe(7);
    const { record } = await stage.again({ jobId, attempt: 2, inPlace: true });
    expect(record).toMatchObject({ state: 'swapped', method: 'in-place', attempt: 2 });
    expect(await stage.rows()).toBe(5);
    const { items } = await stage.world.vault.records.list('restores');
    expect(items.map((item) => item.state).sort()).toEqual(['failed', 'swapped']);
    expect((await stage.clients.stop()).wrong).toBe(0);
  },
);

it('in place from SQL with large objects, a worker that is killed when all is loaded has changed nothing', async () => {
  await using stage = await stageOf({ extra: `select lo_from_bytea(0, 'a large object')` });
  await writeFile(join(stage.world.folder, 'sage', stage.backup, `${stage.backup}.sql.custom`), 'damaged');
  const jobId = 'large-objects';
  await using worker = stage.attempt({ jobId, stopAt: 'restore:before-commit', inPlace: true });
  await worker.line(/^at restore:before-commit$/);
  await worker.kill('SIGKILL');
  expect(await stage.rows()).toBe(7);
  const { record } = await stage.again({ jobId, attempt: 2, inPlace: true });
  expect(record).toMatchObject({ state: 'swapped', attempt: 2, proof: { result: 'proven' } });
  expect(await stage.rows()).toBe(5);
  expect((await stage.clients.stop()).wrong).toBe(0);
});

it('in place, a worker that is killed right after its commit is told so by the server, and then proven', async () => {
  await using stage = await stageOf();
  await using worker = stage.attempt({ jobId: 'committed', stopAt: 'restore:replace', inPlace: true });
  await worker.line(/^at restore:replace$/);
  await worker.kill('SIGKILL');
  expect(await stage.rows()).toBe(5);
  const { record } = await stage.again({ jobId: 'committed', attempt: 2, inPlace: true });
  expect(record).toMatchObject({ state: 'swapped', attempt: 1, proof: { result: 'proven' }, error: null });
  expect(record.notes.join()).toContain('right after its commit');
});

it('in place from SQL that commits in its midst, a worker that is killed then leaves the truth to its successor', async () => {
  await using stage = await stageOf();
  const { folder, vault } = stage.world;
  const { manifest } = await vault.catalogue.get(stage.backup);
  await rewriteSql(folder, manifest, { statement: 'COMMIT;\nSELECT pg_sleep(60);' });
  await writeFile(join(folder, 'sage', stage.backup, `${stage.backup}.sql.custom`), 'damaged');
  const jobId = 'split';
  await using worker = stage.attempt({ jobId, inPlace: true });
  const asleep = `select from pg_stat_activity where application_name ~ '^sagekeep-restore/' and query ~ 'pg_sleep\\(60'`;
  await waitFor(async () => (await sql(postgresUrl(), asleep)).length > 0);
  await worker.kill('SIGKILL');
  await expect(stage.again({ jobId, attempt: 2, inPlace: true })).rejects.toMatchObject({
    message: expect.stringContaining('up to there is live'),
    advice: expect.stringMatching(/sagekeep restore sage sage_\S+ --in-place/),
  });
  const report = JSON.stringify(await vault.records.get('reports', jobId));
  expect(report).toContain('The live database has changed');
  await expect(stage.rows()).rejects.toThrow('does not exist');
});

it('in place, an orphan that still loads is ended by the successor before it begins', async () => {
  await using stage = await stageOf({
    extra: `create function slow(i int) returns boolean language plpgsql as 'begin perform pg_sleep(0.02); return true; end';
      create table waiting (i int check (public.slow(i))); insert into waiting select generate_series(1, 250)`,
  });
  await using worker = stage.attempt({ jobId: 'orphan-in-place', inPlace: true });
  await worker.line(/^at restore:safety$/);
  await waitFor(async () => {
    const rows = await sql(
      postgresUrl(),
      `select 1 from pg_stat_activity where application_name ~ '^sagekeep-restore/' and query like 'COPY%waiting%'`,
    );
    return rows.length > 0;
  });
  await worker.kill('SIGKILL');
  const { record } = await stage.again({ jobId: 'orphan-in-place', attempt: 2, inPlace: true });
  expect(record.state).toBe('swapped');
  expect(await stage.rows()).toBe(5);
});
