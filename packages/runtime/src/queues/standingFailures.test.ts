import type { JobView } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { standingFailures } from './standingFailures.ts';

const now = new Date('2026-11-22T12:00:00Z');
const view = (id: string, name: string, about: object, changes: Partial<JobView>): JobView => ({
  ...{
    id,
    name,
    queue: 'backup',
    state: 'failed',
    progress: 0,
    phase: null,
    detail: null,
    log: [],
    result: null,
  },
  ...{ attempts: { made: 1, of: 1 }, payload: about, createdAt: '2026-11-22T00:00:00Z', startedAt: null },
  ...{ error: { code: 'TOOL_FAILED', message: '', advice: null }, finishedAt: '2026-11-22T02:00:00Z' },
  ...changes,
});
const failed = (id: string, name: string, about: object, code = 'TOOL_FAILED') =>
  view(id, name, about, { error: { code, message: '', advice: null } });
const succeeded = (name: string, about: object, finishedAt: string) =>
  view('ok', name, about, { state: 'completed', error: null, finishedAt });

it('failures stand until the same job of the same database succeeds; what a person ended or read never does', async () => {
  const all = [
    failed('mended', 'backup', { database: 'sage' }),
    failed('stands', 'backup', { database: 'owl' }),
    failed('other job', 'cleanup', { database: 'sage' }),
    failed('mended by id', 'prove', { backup: 'sage_backup_20261122_020000' }),
    failed('told since', 'deliver', { channel: 'hook', event: 'opened' }),
    failed('a test', 'deliver', { channel: 'mail', event: 'test' }),
    failed('a plan', 'plan', { database: 'owl' }),
    failed('a deletion', 'cleanup', { kept: 'typo', dryRun: false }),
    failed('another', 'cleanup', { backup: 'owl_backup_20261122_020000', dryRun: false }),
    failed('cancelled', 'restore', { database: 'owl' }, 'CANCELLED'),
    succeeded('backup', { database: 'sage' }, '2026-11-22T03:00:00Z'),
    succeeded('cleanup', { database: 'sage', dryRun: true }, '2026-11-22T03:00:00Z'),
    succeeded('backup', { database: 'owl' }, '2026-11-22T01:00:00Z'),
    succeeded('prove', { backup: 'latest', database: 'sage' }, '2026-11-22T03:00:00Z'),
    succeeded('deliver', { channel: 'hook', event: 'resolved' }, '2026-11-22T03:00:00Z'),
  ];
  const list = async ({ state }: { state?: string }) => ({ items: all.filter((job) => job.state === state) });
  expect((await standingFailures({ list }, now)).map(({ id }) => id)).toEqual(['stands', 'other job']);
});

it('a failure that is older than what is known of successes stands no more: one may have been forgotten', async () => {
  const old = failed('old', 'backup', { database: 'owl' });
  const idsAt = async (at: Date, successes: { items: JobView[]; nextCursor?: string }) => {
    const list = async ({ state }: { state?: string }) => (state === 'failed' ? { items: [old] } : successes);
    return (await standingFailures({ list }, at)).map(({ id }) => id);
  };
  const others = (createdAt: string) => [
    succeeded('backup', { database: 'fox' }, '2026-11-22T04:00:00Z'),
    { ...succeeded('backup', { database: 'fox' }, '2026-11-22T04:00:00Z'), createdAt },
  ];
  expect(await idsAt(now, { items: [] })).toEqual(['old']);
  expect(await idsAt(new Date(now.getTime() + 14 * 86_400_000), { items: [] })).toEqual([]);
  const [before, after] = [others('2026-11-22T01:00:00Z'), others('2026-11-22T03:00:00Z')];
  expect(await idsAt(now, { items: before, nextCursor: '200' })).toEqual(['old']);
  expect(await idsAt(now, { items: after, nextCursor: '200' })).toEqual([]);
  expect(await idsAt(now, { items: after })).toEqual(['old']);
});
