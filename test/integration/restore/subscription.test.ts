import { afterEach, expect, it } from 'vitest';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, restorePayload, sql, worldOf } from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const hour = 3_600_000;

it('a copy with a subscription is dropped like any other; the kept database, whose own it is, stays and says why', async () => {
  const server = await startPrivatePostgres({ durable: false });
  opened.push(() => server.stop());
  await sql(server.url, 'create database live');
  const url = withDatabase(server.url, 'live');
  await sql(
    url,
    `create subscription "the feed" connection 'host=127.0.0.1 port=1' publication none with (connect = false, slot_name = 'feed')`,
  );
  let skippedMs = 0;
  const world = worldOf([configOf('sage', url)], { now: () => new Date(Date.now() + skippedMs) });
  opened.push(() => world[Symbol.dispose]());
  const databases = async () => {
    const rows = await sql<{ name: string }>(
      server.url,
      `select datname as name from pg_database where starts_with(datname, 'live') order by 1`,
    );
    return rows.map(({ name }) => name);
  };
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const proof = await world.engine.prove({ backup: manifest.id, drill: true, by: 'tester' }, contextOf());
  expect(proof.result).toBe('proven');
  const failing = contextOf({
    onBorder: (name) => (name === 'restore:proven' ? Promise.reject(new Error('not today')) : undefined),
  });
  const payload = restorePayload({ backup: manifest.id });
  await expect(world.engine.restore(payload, failing)).rejects.toThrow('not today');
  expect(await databases()).toEqual(['live']);

  const { record } = await world.engine.restore(payload, contextOf());
  expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
  skippedMs = 25 * hour;
  const known = { backups: [], known: true };
  const { plan } = await world.engine.cleanup({ dryRun: false, by: 'tester' }, contextOf(), known);
  expect(plan.plan.find(({ backup }) => backup === record.before)).toMatchObject({
    action: 'keep',
    reason: expect.stringContaining('subscription'),
  });
  expect(await databases()).toEqual(['live', record.before]);

  const kept = withDatabase(server.url, record.before ?? '');
  await sql(kept, `create table fed (i int); insert into fed values (1)`);
  await sql(kept, `alter subscription "the feed" disable`);
  await sql(kept, `alter subscription "the feed" set (slot_name = none); drop subscription "the feed"`);
  await world.engine.cleanup({ dryRun: false, by: 'tester' }, contextOf(), known);
  expect(await databases()).toEqual(['live']);
  const { closingBackup } = (await world.vault.records.get('restores', record.id)) ?? {};
  const { manifest: closing } = await world.vault.catalogue.get(closingBackup ?? '');
  expect(closing.inventory.tables).toMatchObject([{ name: 'public.fed', rows: 1 }]);
});
