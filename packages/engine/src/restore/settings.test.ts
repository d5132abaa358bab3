import { describe, expect, it } from 'vitest';
import { setClause, splitList } from './settings.ts';

describe('a stored setting', () => {
  it.each([
    ['work_mem=8MB', `set "work_mem" to '8MB'`],
    ['my.setting=a=b, c', `set "my"."setting" to 'a=b, c'`],
    ["application_name=it's", `set "application_name" to 'it''s'`],
    ['search_path="$user", public, "odd, ""name"""', `set "search_path" to '$user', 'public', 'odd, "name"'`],
    ['search_path=""', `set "search_path" to ''`],
    ['DateStyle=ISO, DMY', `set "DateStyle" to 'ISO, DMY'`],
  ])('%s', (stored, clause) => {
    expect(setClause(stored)).toBe(clause);
  });

  it('is a list only where PostgreSQL quotes its elements', () => {
    expect(splitList('a, "b, c" ,d')).toEqual(['a', 'b, c', 'd']);
    expect(splitList('')).toEqual([]);
  });
});
