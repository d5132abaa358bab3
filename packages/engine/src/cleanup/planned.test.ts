import type { Mark } from '@sagekeep/contracts';
import { exampleProof, layExample } from '@sagekeep/storage/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  exampleDatabase,
  type MemoryScene,
  now,
  openMemoryScene,
  type Run,
  sevenDays,
} from './testing/scene.ts';

const numRuns = Number(process.env['SAGEKEEP_PROPERTY_RUNS'] ?? 10_000);

/** How many days the clock is off. */
const jumps = fc.constantFrom(0, 0, 0, -400, -8, 8, 400);

const pasts = fc.record({
  keepDays: fc.integer({ min: 0, max: 6 }),
  keepLast: fc.integer({ min: 0, max: 3 }),
  plannedAt: jumps,
  carriedOutAt: jumps,
  backups: fc.uniqueArray(
    fc.record({
      /** Below zero: made while the clock was ahead. */
      daysAgo: fc.integer({ min: -3, max: 20 }),
      proof: fc.constantFrom('proven' as const, 'proven' as const, 'failed' as const, null),
      held: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      lost: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    }),
    { selector: ({ daysAgo }) => daysAgo, minLength: 1, maxLength: 8 },
  ),
});
type Past = typeof pasts extends fc.Arbitrary<infer T> ? T : never;

/** Makes the past real. Resolves with the ids of the backups whose file is missing. */
async function make({ storage }: MemoryScene, { backups }: Past): Promise<string[]> {
  const lost: string[] = [];
  for (const { daysAgo, proof, held, lost: isLost } of backups) {
    const marks: Mark[] = [];
    if (proof !== null) marks.push(exampleProof({ at: now.toISOString(), result: proof }));
    if (held) marks.push({ kind: 'hold', at: now.toISOString(), by: 'ann', reason: 'audit' });
    const id = await layExample(storage, { database: 'sage', at: daysBefore(daysAgo), marks });
    if (!isLost) continue;
    lost.push(id);
    await storage.remove(`sage/${id}/${id}.sql.custom`);
  }
  return lost.sort();
}

function daysBefore(days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}

async function foldersOf({ storage }: MemoryScene): Promise<string[]> {
  return (await storage.children('sage')).map(({ name }) => name).sort();
}

function jump(scene: MemoryScene, days: number): void {
  scene.clock = daysBefore(-days);
}

/** Has the plan carried out. Resolves with false when it is not the plan any more: then another clock must be why. */
async function carryOut(scene: MemoryScene, past: Past, run: Run): Promise<boolean> {
  jump(scene, past.carriedOutAt);
  try {
    const { plan } = await scene.cleanup(run);
    expect(plan.planHash).toBe(run.payload?.planHash);
    return true;
  } catch (error) {
    if (past.carriedOutAt === past.plannedAt) throw error;
    expect(error).toMatchObject({ code: 'PLAN_OUTDATED' });
    return false;
  }
}

function depsOf({ keepDays, keepLast }: Past): NonNullable<Run['deps']> {
  const keepDaily = keepDays + keepLast === 0 ? 1 : 0;
  const retention = { ...sevenDays, keepDays, keepLast, keepDaily, maxDeleteShare: 1 };
  return { databases: [{ ...exampleDatabase('sage'), retention }] };
}

it(
  'whatever the past and the clock, what a plan says is what is deleted, and what lacks a file is kept and named',
  async () => {
    const met = { deletions: 0, losses: 0, outdated: 0 };
    await fc.assert(
      fc.asyncProperty(pasts, async (past) => {
        const scene = openMemoryScene();
        const lost = await make(scene, past);
        const deps = depsOf(past);
        const before = await foldersOf(scene);
        jump(scene, past.plannedAt);
        const planned = (await scene.cleanup({ deps, payload: { dryRun: true } })).plan;
        expect(await foldersOf(scene)).toEqual(before);
        const backups = planned.plan.filter(({ subject }) => subject === 'backup');
        const going = backups.filter(({ action }) => action === 'delete').map(({ backup }) => backup);
        const damaged = backups.filter(({ reason }) => /^damaged: .* is missing/.test(reason));
        expect(damaged.map(({ backup }) => backup).sort()).toEqual(lost);
        expect(going.filter((id) => lost.includes(id))).toEqual([]);

        const done = await carryOut(scene, past, { deps, payload: { planHash: planned.planHash } });
        expect(await foldersOf(scene)).toEqual(before.filter((id) => !done || !going.includes(id)));
        met.deletions += done ? going.length : 0;
        met.losses += lost.length;
        met.outdated += done ? 0 : 1;
      }),
      { numRuns },
    );
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(0);
  },
  4 * 3_600_000,
);
