import type { CleanupAction, CleanupPlan } from '@sagekeep/contracts';
import { isSagekeepError } from '@sagekeep/contracts';
import { exampleProof } from '@sagekeep/storage/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleDatabase, now, openScene, type Run, type Scene, sevenDays } from './testing/scene.ts';

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

describe('retention', () => {
  it('deletes what no rule keeps, says why of each, frees the bytes and keeps the report', async () => {
    const [fresh, week, old] = [await scene.backup(0), await scene.backup(6), await scene.backup(8)];
    const { plan, report } = await scene.cleanup();
    expect(await scene.ids()).toEqual([fresh, week]);
    expect(lines(plan, 'delete')).toEqual([old]);
    expect(lines(plan, 'keep')).toEqual([fresh, week]);
    expect(plan.freedBytes).toBeGreaterThan(1000);
    expect(plan.plan.every(({ reason }) => reason !== '')).toBe(true);
    expect(await scene.vault.trash.list()).toEqual([]);
    expect(await scene.vault.records.get('reports', 'cleanup-1')).toEqual(report);
    expect(report.sections[1]?.table?.rows).toHaveLength(3);
  });

  it('says in its report that it was late', async () => {
    const late = 'A late run: it was planned for 2026-11-22T03:30:00.000Z.';
    const { report } = await scene.cleanup({ context: { late } });
    expect(report.sections[0]?.facts).toContainEqual({ name: 'run', value: late });
  });

  it('does nothing in a dry run, and the same plan afterwards', async () => {
    for (const days of [0, 1, 2, 8]) await scene.backup(days);
    const dry = (await scene.cleanup({ payload: { dryRun: true } })).plan;
    expect(await scene.ids()).toHaveLength(4);
    const wet = (await scene.cleanup({ payload: { planHash: dry.planHash } })).plan;
    expect(wet.planHash).toBe(dry.planHash);
    expect(lines(wet, 'delete')).toEqual(lines(dry, 'delete'));
    expect(await scene.ids()).toHaveLength(3);
  });

  it('cleans one database when told so, never an unconfigured one, and refuses an unknown one', async () => {
    for (const database of ['sage', 'other', 'stranger'])
      for (const days of [0, 1, 9]) await scene.backup(days, { database });
    const one = (await scene.cleanup({ payload: { database: 'other' } })).plan;
    expect(one.plan.map(({ database }) => database)).toEqual(['other', 'other', 'other']);
    const all = (await scene.cleanup()).plan;
    expect(lines(all, 'delete')).toEqual([expect.stringMatching(/^sage_/)]);
    const strangers = all.plan.filter(({ database }) => database === 'stranger');
    expect(strangers.map(({ reason }) => reason)).toEqual(
      Array(3).fill('its database is not in the configuration'),
    );
    expect((await failure({ payload: { database: 'nobody' } })).code).toBe('UNKNOWN_DATABASE');
  });

  it('keeps what a job will read, and what is being read', async () => {
    const [, , read, queued] = [
      await scene.backup(0),
      await scene.backup(1),
      await scene.backup(9),
      await scene.backup(10),
    ];
    await using pin = await scene.vault.pins.pin(read ?? '', 'restore 7');
    await scene.cleanup({ inFlight: { backups: [queued ?? ''] } });
    expect(await scene.ids()).toHaveLength(4);
    await pin.release();
    await scene.cleanup();
    expect(await scene.ids()).toHaveLength(2);
  });

  it('asks again before each deletion what jobs will read', async () => {
    const [, late] = [await scene.backup(0), await scene.backup(9)];
    const again = (answer: object) => ({
      again: () => Promise.resolve({ backups: [], known: true, ...answer }),
    });
    await scene.cleanup({ inFlight: again({ backups: [late] }) });
    await scene.cleanup({ inFlight: again({ known: false }) });
    expect(await scene.ids()).toHaveLength(2);
    await scene.cleanup({ inFlight: again({}) });
    expect(await scene.ids()).toHaveLength(1);
  });

  it('keeps everything while the queue is unknown, unless a person gives the hash', async () => {
    for (const days of [0, 1, 9]) await scene.backup(days);
    const inFlight = { known: false };
    const kept = (await scene.cleanup({ inFlight })).plan;
    expect(kept.refused).toMatch(/^sage: the queue could not be asked .* \(1 would go\)$/);
    expect(lines(kept, 'delete')).toEqual([]);
    const dry = (await scene.cleanup({ inFlight, payload: { dryRun: true } })).plan;
    expect(lines(dry, 'delete')).toHaveLength(1);
    expect(dry.plan.find(({ action }) => action === 'delete')?.reason).toMatch(/only with this plan's hash/);
    expect(await scene.ids()).toHaveLength(3);
    expect(kept.planHash).toBe(dry.planHash);
    await scene.cleanup({ inFlight, payload: { planHash: dry.planHash } });
    expect(await scene.ids()).toHaveLength(2);
  });

  it('says what the circuit breaker would, too: the hash lets both pass', async () => {
    for (const days of [0, 9, 10]) await scene.backup(days);
    const { refused } = (await scene.cleanup({ inFlight: { known: false } })).plan;
    expect(refused).toMatch(/it would delete 2 of 3 backups, .* and the queue could not be asked/);
  });
});

describe('the circuit breaker', () => {
  it('stops one database, tells the hash, and does the rest', async () => {
    for (const days of [0, 9, 10]) await scene.backup(days);
    for (const days of [0, 1, 9]) await scene.backup(days, { database: 'other' });
    const refused = await failure({});
    expect(refused.code).toBe('CLEANUP_REFUSED');
    expect(refused.message).toMatch(/sage: it would delete 2 of 3 backups/);
    expect((await scene.ids()).map((id) => id.split('_')[0]).sort()).toEqual([
      'other',
      'other',
      'sage',
      'sage',
      'sage',
    ]);
    expect((await scene.vault.records.get('reports', 'cleanup-1'))?.result).toBe('failed');
    const dry = (await scene.cleanup({ payload: { dryRun: true } })).plan;
    expect(dry.refused).toMatch(/sage/);
    await scene.cleanup({ payload: { planHash: dry.planHash } });
    expect(await scene.ids()).toHaveLength(3);
  });

  it('does not let a hash pass that named another plan', async () => {
    for (const days of [0, 9, 10]) await scene.backup(days);
    const { planHash } = (await scene.cleanup({ payload: { dryRun: true } })).plan;
    await scene.backup(11);
    expect((await failure({ payload: { planHash } })).code).toBe('PLAN_OUTDATED');
    expect(await scene.ids()).toHaveLength(4);
  });
});

describe('between plan and deletion', () => {
  it('a hold, a pin, or a newest proof that failed still counts', async () => {
    const ids = [];
    for (const days of [0, 1, 9, 10, 11]) ids.push(await scene.backup(days));
    const [newest = '', second = '', , , oldest = ''] = ids;
    const border = async (name: string) => {
      if (name !== 'cleanup:planned') return;
      await scene.vault.catalogue.mark(oldest, {
        kind: 'hold',
        at: now.toISOString(),
        by: 'ann',
        reason: 'audit',
      });
      for (const id of [newest, second])
        await scene.vault.catalogue.mark(id, exampleProof({ at: '2026-11-22T13:00:00Z', result: 'failed' }));
    };
    const generous = { ...sevenDays, maxDeleteShare: 1 };
    const { plan } = await scene.cleanup({
      context: { border },
      deps: { databases: [exampleDatabase('sage', generous)] },
    });
    expect(await scene.ids()).toEqual(ids);
    expect(plan.plan.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/things have changed: held by ann/),
    );
  });

  it('a backup that is gone already is no failure', async () => {
    for (const days of [0, 1]) await scene.backup(days);
    const old = await scene.backup(9);
    const border = async (name: string) => {
      if (name === 'cleanup:planned') await scene.storage.remove(`sage/${old}`);
    };
    const { plan } = await scene.cleanup({ context: { border } });
    expect(lines(plan, 'delete')).toEqual([]);
  });

  it('an abort stops it between two deletions', async () => {
    for (const days of [0, 1, 2, 9, 10]) await scene.backup(days);
    const abort = new AbortController();
    const reason = new Error('worker is told to stop');
    const border = async (name: string) => {
      if (name === 'cleanup:trashed') abort.abort(reason);
    };
    await expect(scene.cleanup({ context: { signal: abort.signal, border } })).rejects.toBe(reason);
    expect(await scene.ids()).toHaveLength(4);
  });
});
