import { RestoreJobResult } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { restoreDone } from './restore.ts';

const safety = 'sage_backup_20261126_110000';

function lines(changes: Partial<RestoreJobResult>): string[] {
  const result = { restore: 'r1', downtimeMs: 12, safetyBackup: safety, proof: 'proven', ...changes };
  return restoreDone(RestoreJobResult.parse(result))
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

it.each<[string, Partial<RestoreJobResult>, string[]]>([
  [
    'aside',
    { wayBack: 'sagekeep undo sage --restore r1' },
    ['downtime  12 ms', `before    safety backup ${safety}`, 'undo      sagekeep undo sage --restore r1'],
  ],
  [
    'aside, by a worker that died right after its swap',
    { downtimeMs: null, wayBack: 'sagekeep undo sage --restore r1' },
    ['downtime  not measured'],
  ],
  ['into a new name', { safetyBackup: null }, ['downtime  none: there was nothing live to replace']],
  [
    'in place',
    { method: 'in-place', wayBack: `sagekeep restore sage ${safety} --in-place` },
    ['downtime  12 ms, in which tables were locked', `way back  sagekeep restore sage ${safety} --in-place`],
  ],
])('a restore %s tells its downtime and the true way back', (_what, changes, expected) => {
  expect(lines(changes)).toEqual(expect.arrayContaining([...expected, 'restore   r1']));
});

it('a restore that replaced nothing names no undo', () => {
  expect(lines({ safetyBackup: null }).join()).not.toContain('undo');
});
