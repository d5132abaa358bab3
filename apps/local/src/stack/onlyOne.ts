import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import type { Checkout } from '../checkout.ts';

/**
 * Makes this process the only one that runs a stack in this checkout; throws `CONFLICT` while another one does. It is
 * a listening socket, in Linux without a file: the kernel gives it back however a process ends, so it is never stale.
 */
export async function becomeTheOnlyOne(checkout: Checkout): Promise<{ release(): void }> {
  const server = createServer((connection) => connection.destroy());
  await listen(server, socketName(checkout)).catch((cause: unknown) => {
    throw new SagekeepError(
      'CONFLICT',
      `A local stack of this checkout is running already (${checkout.root}).`,
      {
        advice: `Use that one (its addresses are in ${checkout.stackFile}), or stop it with Ctrl-C where it runs.`,
        cause,
      },
    );
  });
  server.unref();
  return { release: () => void server.close() };
}

function socketName(checkout: Checkout): string {
  const digest = createHash('sha256').update(checkout.root).digest('hex').slice(0, 24);
  return process.platform === 'linux' ? `\0sagekeep-${digest}` : join('/tmp', `sagekeep-${digest}.sock`);
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, resolve);
  });
}
