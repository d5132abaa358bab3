import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { contentFaults } from './contentFaults.ts';
import { richer } from './fault.ts';
import { ask } from './harness.ts';
import { structureFaults } from './structureFaults.ts';

const faults = [...structureFaults, ...contentFaults];

describe('planted faults', () => {
  let template: TestDatabase;

  beforeAll(async () => {
    template = await createDatabase({ template: 'sample' });
    await administer((client) => client.query('create extension amcheck'), template.url);
    await administer((client) => client.query(richer), template.ownerUrl);
  });
  afterAll(() => template.drop());

  it('finds nothing in the database that they are planted in', async () => {
    const result = await ask(template.url);
    expect(result.alarms()).toEqual(['performance.backup']);
    const asked = new Set(faults.map(({ check }) => check));
    const unasked = result.withStatus('skip').filter((id) => asked.has(id));
    expect(unasked).toEqual([]);
  });

  it.each(faults)('$check names $what', async ({ sql, check, status, names }) => {
    await using database = await cloneOf(template);
    await administer((client) => client.query(sql), database.url);
    const needsOwner = check.startsWith('rights.') || check === 'connection.connections';
    const result = await ask(needsOwner ? database.ownerUrl : database.url);
    expect(result.finding(check)).toMatchObject({ status, value: expect.stringMatching(names) });
    expect(result.finding(check).advice).not.toBe('');
    expect(result.status).toBe('fail');
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
