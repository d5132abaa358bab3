import type { Progress } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { createDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, dropSiblings, restorePayload, sql, worldOf } from './harness.ts';

/** Every page of it takes the index that is built over it some time. */
const slowly = `
  create function slow(i int) returns int immutable language plpgsql as 'begin perform pg_sleep(0.01); return i; end';
  create table wide (i int, filling text); alter table wide alter filling set storage plain;
  insert into wide select i, repeat('x', 2000) from generate_series(1, 400) i; create index on wide (public.slow(i))`;

it.each([
  ['aside', false, [50, 74]],
  ['in place', true, [62, 84]],
] as const)(
  'a restore %s tells how far the server is with an index, and when it ends',
  async (_way, inPlace, [from, to]) => {
    await using database = await createDatabase();
    await sql(database.url, slowly);
    using world = worldOf([configOf('sage', database.url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const heard: Progress[] = [];
    const context = { ...contextOf(), progress: (progress: Progress) => void heard.push(progress) };
    await world.engine.restore(restorePayload({ backup: manifest.id, inPlace }), context);
    const [told] = heard.filter(({ phase, etaMs }) => phase === 'post-data' && etaMs !== undefined);
    expect(told?.detail).toMatch(/^building index: .+: \d+ of \d+$/);
    expect(told?.progress).toBeGreaterThan(from);
    expect(told?.progress).toBeLessThanOrEqual(to);
    await dropSiblings(database.dbname);
  },
);
