import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { CleanupAction, CleanupPlan, Report } from '@sagekeep/contracts';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { now, openScene, type Run, type Scene } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const lines = ({ plan }: CleanupPlan, action: CleanupAction['action']) =>
  plan.filter((line) => line.action === action).map(({ backup }) => backup);

async function failure(run: Run) {
  const error = await scene.cleanup(run).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (isSagekeepError(error)) return error;
  throw error ?? new Error('it did not fail');
}

describe('what goes wrong', () => {
  it('one backup that cannot be removed never stops the rest, and is told', async () => {
    for (const days of [0, 1, 2, 3, 9]) await scene.backup(days);
    const stuck = await scene.backup(10);
    const error = await failure({
      storage: (storage) => ({
        ...storage,
        publish: (from, to) =>
          from.endsWith(stuck) ? Promise.reject(new Error('input/output error')) : storage.publish(from, to),
      }),
    }).catch((reason: unknown) => reason);
    expect(error).toEqual(new Error('input/output error'));
    expect(await scene.ids()).toHaveLength(5);
    const report = await scene.vault.records.get('reports', 'cleanup-1');
    expect(report?.result).toBe('failed');
    expect(JSON.stringify(report)).toContain('input/output error');
  });

  it('missing files and damaged manifests are shown, kept, and stop nothing', async () => {
    for (const days of [0, 1, 2]) await scene.backup(days);
    const [broken, old] = [await scene.backup(8), await scene.backup(9)];
    await rm(join(scene.folder, 'sage', broken, `${broken}.sql.custom`));
    const { plan } = await scene.cleanup();
    expect(lines(plan, 'delete')).toEqual([old]);
    expect(plan.plan.find(({ backup }) => backup === broken)?.reason).toMatch(/damaged: .* is missing/);
  });

  it('a report that cannot be kept does not fail it', async () => {
    for (const days of [0, 1, 9]) await scene.backup(days);
    await scene.storage.put('records/reports', 'in the way of a folder');
    await scene.cleanup();
    expect(await scene.ids()).toHaveLength(2);
  });

  it('duplicates of one job go, the job keeps its first', async () => {
    const first = await scene.backup(1, { jobId: 'twice' });
    await scene.backup(0);
    const copy = first.replace(/\d$/, '9');
    for (const name of ['manifest.json', `${first}.sql.custom`]) {
      const text = (await scene.storage.read(`sage/${first}/${name}`)).toString();
      await scene.storage.put(`sage/${copy}/${name.replace(first, copy)}`, text);
    }
    await changeManifest(join(scene.folder, 'sage', copy, 'manifest.json'), (manifest) => {
      manifest.id = copy;
      for (const file of manifest.files) file.name = file.name.replace(first, copy);
    });
    const { plan } = await scene.cleanup();
    expect(plan.plan.filter(({ subject }) => subject === 'duplicate')).toMatchObject([
      { backup: copy, action: 'delete', reason: `duplicate of ${first}` },
    ]);
    expect(await scene.ids()).toContain(first);
    expect((await scene.vault.catalogue.list()).damaged).toEqual([]);
  });
});

describe('leftovers', () => {
  it('of dead attempts, begun deletions and old records go; living attempts stay', async () => {
    const id = await scene.backup(0);
    const gone = await scene.backup(1);
    await scene.storage.publish(`sage/${gone}`, `.trash/sage/${gone}~00`);
    await scene.storage.put('.attempts/sage/sage_backup_20251101_020000/half.sql', 'half');
    scene.clock = new Date(Date.now() + 2 * 3_600_000);
    const living = await scene.vault.attempts.begin('sage', scene.clock, { jobId: 'j', attempt: 1 });
    const report = (id: string, at: string): Report => ({
      version: 1,
      id,
      kind: 'cleanup',
      database: null,
      at,
      result: 'done',
      title: 'Cleanup',
      sections: [],
    });
    await scene.vault.records.put('reports', 'old', report('old', '2020-01-01T00:00:00Z'));
    for (const place of ['run-1/run-succeeded-a.json', 'run-2/run-succeeded-b.json', 'known/opened-c.json'])
      await scene.storage.put(`records/deliveries/${place}`, '{}');
    const at = now.toISOString();
    const longAgo = new Date('2020-01-01T00:00:00Z');
    for (const place of ['run-1/run-succeeded-a.json', 'known/opened-c.json'])
      await utimes(join(scene.folder, 'records/deliveries', place), longAgo, longAgo);
    await scene.vault.records.put('incidents', 'known', {
      ...{
        version: 1,
        id: 'known',
        key: 'x',
        database: null,
        severity: 'warn',
        title: '',
        detail: '',
        advice: '',
      },
      ...{ openedAt: at, lastSeenAt: at, remindedAt: null, resolvedAt: null, occurrences: 1 },
    });
    await scene.vault.records.put('reports', 'new', report('new', scene.clock.toISOString()));
    const { plan } = await scene.cleanup();
    expect(plan.plan.filter(({ action }) => action === 'delete').map(({ subject }) => subject)).toEqual([
      'trash',
      'attempt',
      'record',
      'record',
    ]);
    expect(await scene.ids()).toEqual([id]);
    expect(await scene.storage.children('.attempts/sage')).toEqual([{ name: living.id, kind: 'folder' }]);
    expect(await scene.vault.records.get('reports', 'old')).toBeNull();
    const receipts = await scene.storage.children('records/deliveries');
    expect(receipts.map(({ name }) => name)).toEqual(['known', 'run-2']);
    expect(await scene.vault.records.get('reports', 'new')).not.toBeNull();
  });
});

it('two cleanups at once end as one would', async () => {
  for (const days of [0, 1, 2, 3, 4, 5, 9, 10, 11]) await scene.backup(days);
  const both = await Promise.all([scene.cleanup(), scene.cleanup({ context: { jobId: 'cleanup-2' } })]);
  expect(await scene.ids()).toHaveLength(6);
  const deleted = both.flatMap(({ plan }) => lines(plan, 'delete'));
  expect(new Set(deleted).size).toBe(deleted.length);
  expect(deleted).toHaveLength(3);
  expect(await scene.vault.trash.list()).toEqual([]);
});

describe('one backup by its id', () => {
  it('is deleted, whatever retention says, and nothing else', async () => {
    const [newest, second, old] = [await scene.backup(0), await scene.backup(1), await scene.backup(30)];
    const { plan } = await scene.cleanup({ payload: { backup: second }, inFlight: { known: false } });
    expect(lines(plan, 'delete')).toEqual([second]);
    expect(await scene.ids()).toEqual([newest, old]);
  });

  it('that is pinned at the last moment fails the job that was to delete it', async () => {
    const [, second = ''] = [await scene.backup(0), await scene.backup(1)];
    const border = async (name: string) => {
      if (name === 'cleanup:planned') await scene.vault.pins.pin(second, 'restore 7');
    };
    expect((await failure({ payload: { backup: second }, context: { border } })).code).toBe(
      'BACKUP_PROTECTED',
    );
    expect(await scene.ids()).toContain(second);
    expect((await scene.vault.records.get('reports', 'cleanup-1'))?.result).toBe('failed');
  });

  it('may be a damaged one', async () => {
    const id = await scene.backup(0);
    await scene.storage.put(`sage/${id}/manifest.json`, '{');
    await scene.cleanup({ payload: { backup: id } });
    expect(await scene.vault.catalogue.list()).toEqual({ backups: [], damaged: [] });
  });

  it('is refused when it is the newest proven, held, read, or to be read', async () => {
    const [newest, held, read, queued] = [
      await scene.backup(0),
      await scene.backup(1),
      await scene.backup(2),
      await scene.backup(3),
    ];
    await scene.vault.catalogue.mark(held ?? '', {
      kind: 'hold',
      at: now.toISOString(),
      by: 'ann',
      reason: 'audit',
    });
    await using pin = await scene.vault.pins.pin(read ?? '', 'restore 7');
    for (const id of [newest, held, read, queued])
      expect((await failure({ payload: { backup: id }, inFlight: { backups: [queued ?? ''] } })).code).toBe(
        'BACKUP_PROTECTED',
      );
    expect(await scene.ids()).toHaveLength(4);
    await pin.release();
    expect((await failure({ payload: { backup: 'sage_backup_20200101_000000' } })).code).toBe(
      'UNKNOWN_BACKUP',
    );
    expect((await failure({ payload: { backup: held ?? '', database: 'other' } })).code).toBe(
      'INVALID_INPUT',
    );
  });
});

describe('databases', () => {
  it('are swept by whoever knows how, and nothing else is done for one kept database', async () => {
    for (const days of [0, 1, 9]) await scene.backup(days);
    const asked: object[] = [];
    const action: CleanupAction = {
      subject: 'database',
      backup: 'sage_memory_before_x',
      database: 'sage',
      action: 'delete',
      reason: 'its time is over',
      bytes: 4096,
    };
    const deps = {
      async sweepDatabases({ context, ...sweep }: { context: unknown }) {
        asked.push(sweep);
        return { actions: [action], freedBytes: 4096, failure: null };
      },
    };
    const inFlight = { undoing: ['r1'], again: async () => ({ backups: [], undoing: ['r2'], known: true }) };
    const { plan } = await scene.cleanup({ payload: { kept: 'sage_memory_before_x' }, deps, inFlight });
    expect(plan).toMatchObject({ plan: [action], freedBytes: 4096 });
    expect(await scene.ids()).toHaveLength(3);
    await scene.cleanup({ payload: { database: 'sage', dryRun: true }, deps });
    expect(asked).toEqual([
      { database: undefined, kept: 'sage_memory_before_x', undoing: ['r1', 'r2'], dryRun: false },
      { database: 'sage', kept: undefined, undoing: [], dryRun: true },
    ]);
  });

  it.each([false, true])(
    'a kept database that is still there fails it, also in a dry run (%j)',
    async (dryRun) => {
      const missing = new SagekeepError('UNKNOWN_DATABASE', 'There is no kept database "typo".');
      const deps = { sweepDatabases: async () => ({ actions: [], freedBytes: 0, failure: missing }) };
      expect(await failure({ payload: { kept: 'typo', dryRun }, deps })).toBe(missing);
      expect((await scene.vault.records.get('reports', 'cleanup-1'))?.result).toBe('failed');
    },
  );
});
