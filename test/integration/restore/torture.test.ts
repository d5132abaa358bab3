import { expect, it } from 'vitest';
import { createDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, dropSiblings, restorePayload, sql, worldOf } from './harness.ts';
import { torture } from './torture.ts';

it('a database of everything comes back equal: proven, aside from both formats, and in place', async () => {
  const database = await createDatabase();
  await sql(database.url, torture);
  using world = worldOf([configOf('sage', database.url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const proof = await world.engine.prove({ backup: manifest.id, drill: true, by: 'tester' }, contextOf());
  expect([proof.result, proof.differences, proof.error]).toEqual(['proven', [], null]);
  const nightly = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
  expect([nightly.result, nightly.differences, nightly.error]).toEqual(['proven', [], null]);
  for (const format of ['custom', 'sql'] as const) {
    const name = manifest.files.find((file) => file.format === format)?.name ?? '';
    const { record } = await world.engine.restore(
      restorePayload({ file: `sage/${manifest.id}/${name}` }),
      contextOf(),
    );
    expect([record.proof?.result, record.differences]).toEqual(['proven', []]);
  }
  await sql(database.url, 'drop schema "odd ""schema"" 🐘" cascade; create table later (i int)');
  const { record } = await world.engine.restore(
    restorePayload({ backup: manifest.id, inPlace: true }),
    contextOf(),
  );
  expect([record.proof?.result, record.differences]).toEqual(['proven', []]);
  await dropSiblings(database.dbname);
  await database.drop();
});
