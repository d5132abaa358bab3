import type { Manifest, Marks } from '@sagekeep/contracts';
import { exampleManifest, exampleProof, noMarks } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { lastSuccess } from './metricFacts.ts';

function backup(hour: number, changes: { manifest?: Partial<Manifest>; marks?: Partial<Marks> } = {}) {
  const at = `2026-11-22T0${hour}:00:00.000Z`;
  const id = `sage_backup_20261122_0${hour}0000`;
  return {
    manifest: exampleManifest({ id, database: 'sage', files: [], snapshotAt: at, ...changes.manifest }),
    marks: { ...noMarks, ...changes.marks },
  };
}

it('a success is a regular backup that nothing speaks against, whether it is proven or not', () => {
  const bad = [
    backup(5, { manifest: { reason: 'safety' } }),
    backup(4, { marks: { proof: exampleProof({ result: 'failed' }) } }),
    backup(3, { manifest: { database: 'other' } }),
  ];
  expect(lastSuccess('sage', [...bad, backup(2), backup(1)])).toEqual({
    ...{ database: 'sage', at: '2026-11-22T02:00:00.000Z' },
  });
  expect(lastSuccess('sage', bad)).toBeNull();
});
