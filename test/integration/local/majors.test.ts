import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutAt } from '../../../apps/local/src/checkout.ts';
import { provide } from '../../../apps/local/src/provide/provide.ts';
import { toolsElsewhere } from '../../../apps/local/src/provide/toolsElsewhere.ts';
import { majorsOfGiven } from '../../../apps/local/src/stack/majors.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, postgresUrl } from '../../support/servers.ts';

async function asked(url: string): Promise<{ majors: number[]; lines: string[] }> {
  using folder = temporaryFolder();
  const lines: string[] = [];
  const majors = await majorsOfGiven({
    checkout: checkoutAt(folder.path),
    environment: { DATABASE_URL: url },
    say: (line) => void lines.push(line),
  });
  return { majors, lines };
}

test('a server that the user names is asked for its major', async () => {
  let major = 0;
  await administer(async (client) => {
    const { rows } = await client.query('SHOW server_version_num');
    major = Math.floor(Number(rows[0].server_version_num) / 10_000);
  });
  expect(await asked(postgresUrl())).toEqual({ majors: [major], lines: [] });
});

test('one that takes the connection and says nothing is given up, and that is said without its password', async () => {
  const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { majors, lines } = await asked(`postgresql://u:hidden@127.0.0.1:${port}/silent`);
  mute.close();
  expect(majors).toEqual([]);
  expect(lines).toEqual([expect.stringContaining('The server of silent does not tell its version')]);
  expect(lines.join()).not.toContain('hidden');
});

test('tools elsewhere than in Debian’s folders count when they are as new as the server', async () => {
  using folder = temporaryFolder();
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  const file = join(bin, 'pg_dump');
  writeFileSync(file, '#!/bin/sh\necho "pg_dump (PostgreSQL) 98.1"\n');
  chmodSync(file, 0o755);
  expect([await toolsElsewhere(98, [bin]), await toolsElsewhere(99, [bin])]).toEqual([true, false]);
});

test('a server that no tools here can serve is refused before anything is installed', async () => {
  const said: string[] = [];
  const wanted = { postgres: false, tools: [99], redis: false, chromium: false };
  const provided = provide({ path: '', wanted, say: (line) => void said.push(line) });
  await expect(provided).rejects.toMatchObject({
    code: 'TOOLS_MISSING',
    message: expect.stringContaining('The server is PostgreSQL 99'),
    advice: expect.stringMatching(
      /Docker.*apt\.postgresql\.org\.sh -y && apt-get install postgresql-client-99$/s,
    ),
  });
  expect(said).toEqual([]);
});
