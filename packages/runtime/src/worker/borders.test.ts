import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBorder } from './borders.ts';

const never = new AbortController().signal;

it('does nothing without a folder, and nothing at borders that nobody holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-borders-'));
  await createBorder(null)('backup:dumped', never);
  await createBorder(folder)('backup:dumped', never);
  expect(existsSync(join(folder, 'backup:dumped.reached'))).toBe(false);
  rmSync(folder, { recursive: true });
});

it('waits while it is held, and tells that it was reached', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-borders-'));
  const hold = join(folder, 'backup:dumped.hold');
  writeFileSync(hold, '');
  let passed = false;
  const waiting = createBorder(folder)('backup:dumped', never).then(() => {
    passed = true;
  });
  expect(existsSync(join(folder, 'backup:dumped.reached'))).toBe(true);
  expect(passed).toBe(false);
  rmSync(hold);
  await waiting;
  rmSync(folder, { recursive: true });
});

it('an abort ends the waiting with its reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-borders-'));
  writeFileSync(join(folder, 'x.hold'), '');
  const controller = new AbortController();
  const waiting = createBorder(folder)('x', controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  rmSync(folder, { recursive: true });
});
