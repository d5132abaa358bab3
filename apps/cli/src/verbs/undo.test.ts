import type { RestoreRecord } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { lastUndoable } from './undo.ts';

function record(
  id: string,
  state: RestoreRecord['state'],
  safetyBackup: string | null = null,
): RestoreRecord {
  return { id, state, safetyBackup } as RestoreRecord;
}

it('takes the newest restore that was swapped in', () => {
  const restores = [record('3', 'failed'), record('2', 'swapped'), record('1', 'swapped')];
  expect(lastUndoable(restores, { database: 'sage' }).id).toBe('2');
  expect(lastUndoable(restores, { database: 'sage', id: '1' }).id).toBe('1');
});

it('names the safety backup when nothing can be undone any more', () => {
  const safety = 'sage_backup_20261123_020000';
  expect(() => lastUndoable([record('1', 'expired', safety)], { database: 'sage' })).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_RESTORE',
      advice: `The state before the last one is in its safety backup: sagekeep restore sage ${safety}`,
    }),
  );
});
