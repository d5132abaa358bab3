import type { RestoreRecord } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { lastUndoable } from './undo.ts';

function record(
  id: string,
  state: RestoreRecord['state'],
  changes: Partial<RestoreRecord> = {},
): RestoreRecord {
  return { id, state, own: true, into: 'live', before: 'b', safetyBackup: null, ...changes } as RestoreRecord;
}

it('takes the newest restore that was swapped in', () => {
  const restores = [record('3', 'failed'), record('2', 'swapped'), record('1', 'swapped')];
  expect(lastUndoable(restores, { database: 'sage' }).id).toBe('2');
  expect(lastUndoable(restores, { database: 'sage', id: '1' }).id).toBe('1');
});

it('never guesses a restore into another name, nor one that replaced nothing', () => {
  const elsewhere = record('3', 'swapped', { own: false, into: 'copy' });
  const fresh = record('2', 'swapped', { before: null });
  expect(lastUndoable([elsewhere, fresh, record('1', 'swapped')], { database: 'sage' }).id).toBe('1');
  expect(lastUndoable([elsewhere], { database: 'sage', id: '3' }).id).toBe('3');
  expect(() => lastUndoable([elsewhere, fresh], { database: 'sage' })).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_RESTORE',
      advice: 'Say which one you mean by --restore ID: 3 (copy).',
    }),
  );
});

it('names the safety backup when nothing can be undone any more', () => {
  const safety = 'sage_backup_20261123_020000';
  expect(() =>
    lastUndoable([record('1', 'expired', { safetyBackup: safety })], { database: 'sage' }),
  ).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_RESTORE',
      advice: `The state before the last one is in its safety backup: sagekeep restore sage ${safety}`,
    }),
  );
});
