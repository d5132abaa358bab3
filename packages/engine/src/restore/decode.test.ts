import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDump } from './decode.ts';

it.each(['none', 'gzip', 'zstd'] as const)(
  'a file that cannot be opened fails whoever reads it, however late he begins, and nobody else (%s)',
  async (compression) => {
    const stream = openDump({ path: join(import.meta.dirname, 'no such file'), compression });
    while (stream.errored === null && compression === 'none') await setImmediate();
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
