import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { testWorld } from '../testing/world.ts';
import { findApi } from './find.ts';

it('a description of the stack that cannot be read is no proof that none runs', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sagekeep-find-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const world = testWorld({ root });
  await expect(findApi({}, world)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  mkdirSync(join(root, 'data/run'), { recursive: true });
  writeFileSync(join(root, 'data/run/stack.json'), '{"api":');
  await expect(findApi({}, world)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringContaining('stack.json cannot be read'),
  });
  const api = 'http://127.0.0.1:8080';
  expect(await findApi({ api }, world)).toEqual({ url: api, token: null, source: '--api' });
});
