import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { signalScript } from './signalInside.ts';

const run = promisify(execFile);

it('a signal reaches the process that it is meant for, and no other that has its number by now', async () => {
  const env = { ...process.env, PGAPPNAME: 'sagekeep-backup/01234567a1n89ab' };
  const child = spawn('sleep', ['60'], { env, stdio: 'ignore' });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const send = (name: string) => run('sh', ['-c', signalScript, 'sh', String(child.pid), name, 'TERM']);
  for (const other of ['sagekeep-backup/01234567a2n89ab', 'sagekeep-backup/01234567a1n89a', ''])
    await expect(send(other)).rejects.toMatchObject({ code: 1 });
  expect(child.signalCode).toBeNull();
  await send(env.PGAPPNAME);
  expect(await ended).toEqual([null, 'SIGTERM']);
  await expect(send(env.PGAPPNAME)).rejects.toMatchObject({ stderr: expect.any(String) });
});
