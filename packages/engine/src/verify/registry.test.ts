import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOfLife } from './checks/connection.version.ts';
import { checkTable } from './documentation.ts';
import { checks } from './registry.ts';

describe('the registry', () => {
  it('lists every check exactly once, each from the file of its name', () => {
    const files = readdirSync(join(import.meta.dirname, 'checks')).map((file) => file.replace(/\.ts$/, ''));
    expect(checks.map(({ id }) => id).toSorted()).toEqual(files.toSorted());
  });

  it('keeps the checks of a group together, under the name of the group', () => {
    const groups = checks.map(({ group }) => group);
    expect(groups.filter((group, index) => group !== groups[index - 1])).toEqual([...new Set(groups)]);
    expect(checks.filter(({ id, group }) => !id.startsWith(`${group}.`))).toEqual([]);
  });

  it('is what docs/checks.md says', () => {
    const page = readFileSync('docs/checks.md', 'utf8');
    const compact = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
    expect(compact(page)).toContain(compact(checkTable(checks)));
  });
});

it('knows when PostgreSQL stops mending a version', () => {
  expect(endOfLife(17).toISOString()).toMatch(/^2029-11/);
  expect(endOfLife(13).toISOString()).toMatch(/^2025-11/);
});
