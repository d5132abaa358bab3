import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { contentFaults } from './contentFaults.ts';
import { richer } from './fault.ts';
import { type Asked, ask, sageExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';
import { structureFaults } from './structureFaults.ts';

const faults = [...structureFaults, ...contentFaults];

describe('planted faults', () => {
  let template: TestDatabase;
  let folder: TemporaryFolder;
  let backup: Awaited<ReturnType<typeof provenBackup>>;
  let asked: Asked;

  beforeAll(async () => {
    template = await createDatabase({ template: 'sample' });
    await administer((client) => client.query('create extension amcheck'), template.url);
    await administer((client) => client.query(richer), template.ownerUrl);
    backup = await provenBackup(template.url);
    folder = temporaryFolder();
    const schema = join(folder.path, 'schema.sql');
    writeFileSync(schema, `${readFileSync('config/sage.sql', 'utf8')}\n${richer}`);
    asked = { vault: backup.vault, expect: { ...sageExpectations, schema } };
  });
  afterAll(async () => {
    await template.drop();
    backup[Symbol.dispose]();
    folder.remove();
  });

  it('finds nothing in the database that they are planted in', async () => {
    const result = await ask(template.url, asked);
    expect(result.alarms()).toEqual([]);
    const found = new Set(faults.map(({ check }) => check));
    const unasked = result.withStatus('skip').filter((id) => found.has(id));
    expect(unasked).toEqual([]);
  });

  it.each(faults)('$check names $what', async ({ sql, check, status, names, also = [] }) => {
    await using database = await cloneOf(template);
    await administer((client) => client.query(sql), database.url);
    const needsOwner = check.startsWith('rights.') || check === 'connection.connections';
    const result = await ask(needsOwner ? database.ownerUrl : database.url, asked);
    expect(result.finding(check)).toMatchObject({ status, value: expect.stringMatching(names) });
    expect(result.finding(check).advice).not.toBe('');
    expect(result.alarms().toSorted()).toEqual([check, ...also].toSorted());
  });
});

async function cloneOf(template: TestDatabase): Promise<TestDatabase> {
  const clone = await createDatabase({ template: 'sample' });
  await administer(async (client) => {
    await client.query(`drop database "${clone.dbname}"`);
    await client.query(
      `create database "${clone.dbname}" template "${template.dbname}" owner ${template.owner}`,
    );
  });
  return clone;
}
