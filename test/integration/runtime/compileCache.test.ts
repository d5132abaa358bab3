import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '../../..');
const cache = join(repository, 'node_modules/.cache/node');
/** Tells at the end of any program where Node kept what it compiled. */
const tell = `import m from 'node:module'; process.on('exit', () => console.log(m.getCompileCacheDir()));`;

it.each(['api', 'worker', 'cli', 'local'])('%s is compiled once', async (app) => {
  const args = ['--import', `data:text/javascript,${tell}`, `apps/${app}/src/main.ts`, '--no-such-option'];
  // None of them gets further than its configuration.
  const env = { PATH: process.env['PATH'] ?? '', SAGEKEEP_CONFIG: '/no/such/file' };
  const options = { cwd: repository, env, extendEnv: false, reject: false } as const;
  const { stdout } = await execa('node', args, options);
  expect(stdout.split('\n').filter((line) => line.startsWith(cache))).toHaveLength(1);
});
