import { describe, expect, it } from 'vitest';
import type { Desk } from './desk.ts';
import { databaseOf, sourceBody, targetOf } from './target.ts';

function deskOf(...names: string[]): Desk {
  return { databases: async () => names } as unknown as Desk;
}
const id = 'my_db_backup_x_backup_20261123_020000_2';

describe('databaseOf', () => {
  it('takes the only one when none is named, and never guesses between two', async () => {
    expect(await databaseOf(deskOf('sage'), undefined)).toBe('sage');
    await expect(databaseOf(deskOf('sage', 'other'), undefined)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      advice: 'These are configured: sage, other.',
    });
  });
});

describe('targetOf', () => {
  it.each([
    [['sage', 'latest'], { database: 'sage', source: 'latest' }],
    [[id], { database: 'my_db_backup_x', source: id }],
    [['old.sql'], { database: 'sage', source: 'old.sql' }],
  ] as const)('reads %j', async (words, target) => {
    expect(await targetOf(deskOf('sage'), words)).toEqual(target);
  });

  it('does not take a lone database for a file', async () => {
    await expect(targetOf(deskOf('sage'), ['sage'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('sourceBody', () => {
  it('tells ids and latest from files', () => {
    expect(sourceBody('latest')).toEqual({ backup: 'latest' });
    expect(sourceBody(id)).toEqual({ backup: id });
    expect(sourceBody('old/dump.sql')).toEqual({ file: 'old/dump.sql' });
  });
});
