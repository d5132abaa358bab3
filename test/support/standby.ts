import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { postgresIdentity } from '../../apps/local/src/servers/identity.ts';
import { launchPostgres, postgresProgram } from './launch.ts';
import type { PrivateTestServer } from './privateServers.ts';

/** A hot standby of a private server, which streams from it. */
export async function startStandby(
  primary: Pick<PrivateTestServer, 'url'>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-standby-'));
  chmodSync(folder, 0o711);
  const place = join(folder, 'postgresql');
  const copy = ['-d', primary.url, '-D', join(place, 'data'), '-R', '--checkpoint=fast', '--no-sync'];
  await execa(postgresProgram('pg_basebackup'), copy);
  const { uid, gid, foreign } = await postgresIdentity();
  if (foreign) await execa('chown', ['-R', `${uid}:${gid}`, place]);
  const { password } = new URL(primary.url);
  const server = await launchPostgres({ folder, password, durable: true });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
