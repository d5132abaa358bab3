import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleProof } from '@sagekeep/storage/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exampleDatabase, openScene, type Scene, sevenDays } from './testing/scene.ts';

/** Each run makes and deletes real backups in a folder; the soak asks for more. Fewer might meet no deletion at all. */
const numRuns = Math.max(30, Math.ceil(Number(process.env['SAGEKEEP_PROPERTY_RUNS'] ?? 10_000) / 500));

const pasts = fc.record({
  keepDays: fc.integer({ min: 0, max: 6 }),
  keepLast: fc.integer({ min: 0, max: 3 }),
  backups: fc.uniqueArray(
    fc.record({
      daysAgo: fc.integer({ min: 0, max: 20 }),
      proof: fc.constantFrom('proven' as const, 'proven' as const, 'failed' as const, null),
      held: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      lost: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    }),
    { selector: ({ daysAgo }) => daysAgo, minLength: 1, maxLength: 8 },
  ),
});
type Past = typeof pasts extends fc.Arbitrary<infer T> ? T : never;

/** Makes the past real. Resolves with the ids of the backups whose file is missing. */
async function make(scene: Scene, { backups }: Past): Promise<string[]> {
  const lost: string[] = [];
  for (const { daysAgo, proof, held, lost: isLost } of backups) {
    const id = await scene.backup(daysAgo, { unproven: true });
    const at = scene.clock.toISOString();
    if (proof !== null) await scene.vault.catalogue.mark(id, exampleProof({ at, result: proof }));
    if (held) await scene.vault.catalogue.mark(id, { kind: 'hold', at, by: 'ann', reason: 'audit' });
    if (!isLost) continue;
    lost.push(id);
    await rm(join(scene.folder, 'sage', id, `${id}.sql.custom`));
  }
  return lost.sort();
}

async function foldersOf({ storage }: Scene): Promise<string[]> {
  return (await storage.children('sage')).map(({ name }) => name).sort();
}

it('whatever the past, what a plan says is what is deleted, and what lacks a file is kept and named', async () => {
  let deletions = 0;
  let losses = 0;
  await fc.assert(
    fc.asyncProperty(pasts, async (past) => {
      await using scene = await openScene();
      const lost = await make(scene, past);
      const { keepDays, keepLast } = past;
      const keepDaily = keepDays + keepLast === 0 ? 1 : 0;
      const retention = { ...sevenDays, keepDays, keepLast, keepDaily, maxDeleteShare: 1 };
      const deps = { databases: [{ ...exampleDatabase('sage'), retention }] };
      const before = await foldersOf(scene);
      const planned = (await scene.cleanup({ deps, payload: { dryRun: true } })).plan;
      expect(await foldersOf(scene)).toEqual(before);
      const backups = planned.plan.filter(({ subject }) => subject === 'backup');
      const going = backups.filter(({ action }) => action === 'delete').map(({ backup }) => backup);
      const { plan } = await scene.cleanup({ deps, payload: { planHash: planned.planHash } });

      expect(await foldersOf(scene)).toEqual(before.filter((id) => !going.includes(id)));
      expect(plan.planHash).toBe(planned.planHash);
      const damaged = backups.filter(({ reason }) => /^damaged: .* is missing/.test(reason));
      expect(damaged.map(({ backup }) => backup).sort()).toEqual(lost);
      expect(going.filter((id) => lost.includes(id))).toEqual([]);
      deletions += going.length;
      losses += lost.length;
    }),
    { numRuns },
  );
  expect(deletions).toBeGreaterThan(0);
  expect(losses).toBeGreaterThan(0);
}, 3_600_000);
