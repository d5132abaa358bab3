import { type ErrorCode, SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { askEach, type Item, verdict } from './askEach.ts';

const item = (name: string, oid?: string): Item => (oid === undefined ? { name } : { name, oid });

/** A probe whose time is up after so many items, and a catalogue that holds these OIDs. */
function probeFor({ items = Number.POSITIVE_INFINITY, oids = [] as string[] } = {}) {
  let left = items;
  return {
    hasTime: () => left-- > 0,
    async query<Row extends object>(_text: string, values?: unknown[]): Promise<Row[]> {
      return oids.includes(String(values?.[0])) ? [{} as Row] : [];
    },
  };
}

function said(sqlState: string | null, { message = 'said the server', code = 'INTERNAL' as ErrorCode } = {}) {
  return new SagekeepError(code, message, { facts: sqlState === null ? {} : { sqlState } });
}

/** Answers with the item's name, or throws what is given for it. */
function answering(errors: Record<string, unknown>) {
  return async ({ name }: Item): Promise<string> => {
    if (name in errors) throw errors[name];
    return name;
  };
}

const judged = (asked: Awaited<ReturnType<typeof askEach<Item, string>>>, faults: string[] = []) =>
  verdict(asked, { faults, passed: 'fine' });

describe('asking about each', () => {
  it('passes when all were asked', async () => {
    const asked = await askEach(probeFor(), [item('a'), item('b')], answering({}));
    expect(asked.answers).toEqual(['a', 'b']);
    expect(judged(asked)).toEqual({ status: 'pass', value: 'fine' });
  });

  it('keeps what was found when the time runs out, and names what was not read', async () => {
    const asked = await askEach(probeFor({ items: 1 }), [item('a'), item('b'), item('c')], answering({}));
    expect(judged(asked, ['a is wrong'])).toEqual({
      status: 'fail',
      value: 'a is wrong; not read: b, c (the time was up)',
    });
    expect(judged(asked)).toMatchObject({
      status: 'skip',
      value: '1 of 3 read, nothing wrong with them; not read: b, c (the time was up)',
    });
  });

  it('ends at its time also when damage was found', async () => {
    const errors = { a: said('XX001') };
    const asked = await askEach(probeFor({ items: 1 }), [item('a'), item('b')], answering(errors));
    expect(judged(asked)).toEqual({
      status: 'fail',
      value: 'a: said the server; not read: b (the time was up)',
    });
  });

  it('goes on after an item that took too long, is locked, or may not be read', async () => {
    const errors = {
      a: said('57014'),
      b: said('55P03', { code: 'OBJECT_BUSY' }),
      c: said('42501', { code: 'PERMISSION_MISSING' }),
      d: said('XX001', { message: 'invalid page' }),
    };
    const items = ['a', 'b', 'c', 'd', 'e'].map((name) => item(name));
    const asked = await askEach(probeFor(), items, answering(errors));
    expect(asked.answers).toEqual(['e']);
    expect(judged(asked).status).toBe('fail');
    expect(judged(asked).value).toMatch(
      /^d: invalid page; not read: a \(it took longer .*\); c \(permission denied\); b \(another session .*\)$/,
    );
  });

  it('asks once more, after the others, about what somebody held', async () => {
    let holding = true;
    const asked = await askEach(probeFor(), [item('held'), item('free')], async ({ name }) => {
      if (name === 'held' && holding) {
        holding = false;
        throw said('55P03', { code: 'OBJECT_BUSY' });
      }
      return name;
    });
    expect(asked).toEqual({ answers: ['free', 'held'], broken: [], unread: [] });
  });

  it('calls it a fail when an item cannot be read, also where faults only warn', async () => {
    const asked = await askEach(probeFor(), [item('a')], answering({ a: said('XX001') }));
    expect(verdict(asked, { faults: [], status: 'warn', passed: '' }).status).toBe('fail');
    expect(
      verdict(await askEach(probeFor(), [], answering({})), { faults: ['x'], status: 'warn', passed: '' }),
    ).toEqual({
      status: 'warn',
      value: 'x',
    });
  });

  it('does not mind what was dropped after it was listed', async () => {
    const gone = said('XX000', { message: 'could not open relation with OID 7' });
    const asked = await askEach(
      probeFor(),
      [item('renamed', '5'), item('dropped', '7'), item('there')],
      answering({ renamed: said('42P01'), dropped: gone }),
    );
    expect(judged(asked)).toEqual({ status: 'pass', value: 'fine' });
  });

  it('minds the same words about something that is still there', async () => {
    const damaged = said('XX000', { message: 'could not open relation with OID 7' });
    const asked = await askEach(probeFor({ oids: ['7'] }), [item('a', '7')], answering({ a: damaged }));
    expect(judged(asked)).toMatchObject({ status: 'fail', value: expect.stringContaining('OID 7') });
  });

  it('is ended by what no server said', async () => {
    const cancelled = said(null, { code: 'CANCELLED' });
    await expect(askEach(probeFor(), [item('a')], answering({ a: cancelled }))).rejects.toBe(cancelled);
  });
});
