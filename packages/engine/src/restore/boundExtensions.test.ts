import { expect, it } from 'vitest';
import { boundObstacles, type Purpose } from './boundExtensions.ts';

// Neither extension is on the servers that the tests have: what is asked of them is told by manifests alone.
const holding = (names: string[], hypertables = 1) => ({
  extensions: names.map((name) => ({ name, version: '1.0', schema: 'public' })),
  inventory: {
    ...{ entries: [], sequences: [], largeObjects: { count: 0, bytes: 0, digest: '' } },
    tables: [
      {
        ...{
          name: '_timescaledb_catalog.hypertable',
          rows: hypertables,
          bytes: 0,
          digest: '',
          columns: [],
          nulls: {},
        },
      },
    ],
  },
});
const said = (names: string[], purpose: Purpose) =>
  boundObstacles(holding(names), purpose).map(({ message, advice }) => `${message} ${advice}`);

it.each(['aside', 'in-place', 'proof'] as const)('other extensions are no obstacle (%s)', (purpose) => {
  expect(said(['vector', 'pg_trgm'], purpose)).toEqual([]);
});

it('pg_cron comes back in place only: a copy never has the name that it asks for', () => {
  expect(said(['vector', 'pg_cron'], 'aside')).toEqual([
    expect.stringMatching(/pg_cron.*cron\.database_name.*--in-place/s),
  ]);
  expect(said(['pg_cron'], 'proof')).toEqual([
    expect.stringMatching(/pg_cron.*cron\.database_name.*Proofs/s),
  ]);
  expect(said(['pg_cron'], 'in-place')).toEqual([]);
});

it.each(['aside', 'in-place', 'proof'] as const)('TimescaleDB needs its own hooks (%s)', (purpose) => {
  expect(said(['timescaledb'], purpose)).toEqual([
    expect.stringMatching(/timescaledb_pre_restore\(\).*pg_restore.*timescaledb_post_restore\(\)/s),
  ]);
});

it('TimescaleDB without a hypertable is no obstacle', () => {
  expect(boundObstacles(holding(['timescaledb'], 0), 'aside')).toEqual([]);
});

it('each of them is named', () => {
  expect(boundObstacles(holding(['timescaledb', 'pg_cron']), 'aside').map(({ code }) => code)).toEqual([
    'RESTORE_REFUSED',
    'RESTORE_REFUSED',
  ]);
});
