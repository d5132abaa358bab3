import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { repository } from './online.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const checkout = join(temporary.path, 'sage keep');
cpSync(join(repository, 'scripts'), join(checkout, 'scripts'), { recursive: true });

/** The few programs that the scripts call, and nothing else: no docker of this machine. */
const tools = join(temporary.path, 'tools');
mkdirSync(tools);
for (const name of ['sh', 'bash', 'env', 'dirname', 'readlink', 'cat', 'grep'])
  symlinkSync(`/bin/${name}`, join(tools, name));

/** A `docker` that prints where and how it was called, one argument a line; `ps` answers as if the worker ran, or did not. */
function dockerIn(name: string, workerRuns: boolean): string {
  const folder = join(temporary.path, name);
  mkdirSync(folder);
  const program = join(folder, 'docker');
  const ps = workerRuns ? 'echo 4f5e' : ':';
  writeFileSync(
    program,
    `#!/bin/sh\ncase " $* " in *" ps "*) ${ps};; *) echo "in $PWD"; printf '%s\\n' "$@"; echo "crontab: $SAGEKEEP_HOST_CRONTAB" >&2;; esac\n`,
  );
  chmodSync(program, 0o755);
  return folder;
}

async function frontDoor(script: string, { path, args = [] }: { path: string; args?: string[] }) {
  const env = { PATH: `${path}:${tools}`, TZ: 'Asia/Shanghai' };
  const options = { cwd: temporary.path, env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const { stdout, stderr, exitCode } = await execa(join(checkout, 'scripts', script), args, options);
  return { lines: stdout.split('\n'), stderr, exitCode };
}

describe('a checkout without node_modules', () => {
  it('asks the running worker, and says where the files were named', async () => {
    const path = dockerIn('with-worker', true);
    const { lines } = await frontDoor('restore.sh', { path, args: ['-f', 'backups/my file.sql'] });
    expect(lines.slice(0, 3)).toEqual([`in ${checkout}`, 'compose', 'exec']);
    expect(lines).toContain(`SAGEKEEP_HOST_ROOT=${checkout}`);
    expect(lines).toContain(`SAGEKEEP_HOST_CWD=${temporary.path}`);
    expect(lines).toContain('TZ=Asia/Shanghai');
    expect(lines.slice(-6)).toEqual(['-T', 'worker', 'sagekeep', 'restore.sh', '-f', 'backups/my file.sql']);
  });

  it('hands the lines of the user’s crontab that start scripts to the switches of schedules, not by arguments', async () => {
    const path = dockerIn('with-crontab', true);
    const lines = ['0 2 * * * /opt/sage/scripts/backup.sh', 'TOKEN=secret', '5 4 * * * /usr/bin/true'];
    const crontab = join(path, 'crontab');
    writeFileSync(crontab, `#!/bin/sh\nprintf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}\n`);
    chmodSync(crontab, 0o755);
    const asked = await frontDoor('setup_monitoring.sh', { path, args: ['--remove-cron'] });
    expect(asked.stderr).toBe(`crontab: ${lines[0]}`);
    expect(asked.lines).toContain('SAGEKEEP_HOST_CRONTAB');
    expect(asked.lines.join()).not.toContain('backup.sh');
    expect((await frontDoor('verify_data.sh', { path })).stderr).toBe('crontab: ');
  });

  it('works offline in a container of its own when the worker does not run', async () => {
    const { lines, stderr } = await frontDoor('sagekeep', {
      path: dockerIn('without-worker', false),
      args: ['list'],
    });
    expect(lines.slice(-4)).toEqual(['worker', 'sagekeep', '--offline', 'list']);
    expect(lines).toContain('run');
    expect(stderr).toContain('the worker is not running');
  });

  it('says what is missing when there is no docker either', async () => {
    const { exitCode, stderr } = await frontDoor('backup.sh', { path: '/nonexistent' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('neither node_modules (run "npm ci" in the checkout) nor docker is here');
  });
});
