import { describe, expect, it } from 'vitest';
import { chooseDatabase } from './choose.ts';

const sage = { name: 'sage', dbname: 'sage_memory', container: 'sage-db', user: 'sage' };
const shop = { name: 'shop', dbname: 'shop', container: null, user: 'shop' };

describe('chooseDatabase', () => {
  it.each([
    [{ database: 'sage' }, 'sage'],
    [{ database: 'sage_memory' }, 'sage'],
    [{ container: 'sage-db', user: 'sage' }, 'sage'],
    [{ database: 'shop' }, 'shop'],
    [{}, 'sage'],
  ])('%j means %s', (flags, name) => expect(chooseDatabase([shop, sage], flags).name).toBe(name));

  it.each([
    [{ database: 'nothing' }, 'UNKNOWN_DATABASE'],
    [{ database: 'shop', container: 'sage-db' }, 'UNKNOWN_DATABASE'],
    [{ database: 'sage', user: 'postgres' }, 'INVALID_INPUT'],
  ])('%j is refused with %s', (flags, code) => {
    expect(() => chooseDatabase([shop, sage], flags)).toThrow(expect.objectContaining({ code }));
  });

  it('takes the only one, and does not guess between strangers', () => {
    expect(chooseDatabase([shop], {}).name).toBe('shop');
    const other = { ...shop, name: 'other', dbname: 'other' };
    expect(() => chooseDatabase([shop, other], {})).toThrow(/say which with -d/);
  });

  it('refuses a user that nobody here can check', () => {
    expect(() => chooseDatabase([{ ...sage, user: null }], { user: 'sage' })).toThrow(/nobody here can tell/);
  });
});
