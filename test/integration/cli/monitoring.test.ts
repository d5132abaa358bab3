import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pageOf, Schedule } from '@sagekeep/contracts';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { tokens } from '../api/harness.ts';
import { goOnline, type Online, repository } from './online.ts';

let online: Online;
beforeAll(async () => {
  online = await goOnline();
});
afterAll(() => online[Symbol.asyncDispose]());

const old = [
  '# 0 2 * * * /opt/sage/scripts/backup.sh',
  'MAILTO=ops@example.com',
  '0 2 * * * /opt/sage/scripts/backup.sh >> /opt/sage/logs/backup.log 2>&1',
  '0 * * * * cd "/opt/sage" && ./scripts/verify_data.sh --quick',
  '*/5 * * * * /usr/bin/true',
];

/** A `crontab` that lists this file: most machines that run tests have none. */
const folder = temporaryFolder();
afterAll(() => folder.remove());
writeFileSync(join(folder.path, 'old'), `${old.join('\n')}\n`);
const crontab = join(folder.path, 'crontab');
writeFileSync(crontab, `#!/bin/sh\n[ "$*" = -l ] && cat '${join(folder.path, 'old')}'\n`);
chmodSync(crontab, 0o755);

const script = (...flags: string[]) => scriptWith({}, flags);

function scriptWith(environment: Record<string, string>, flags: string[]) {
  const env = {
    ...environment,
    PATH: [folder.path, process.env['PATH']].join(delimiter),
    SAGEKEEP_URL: online.url,
    SAGEKEEP_TOKEN: tokens.operator,
  };
  return execa(join(repository, 'scripts/setup_monitoring.sh'), flags, {
    env,
    reject: false,
    stdin: 'ignore',
  });
}

async function enabled(): Promise<string[]> {
  const { out } = await online.sagekeep(['schedule', '--json']);
  const { items } = pageOf(Schedule).parse(JSON.parse(out));
  return items.filter((each) => each.enabled).map(({ name }) => name);
}

const cron = ['backup-other', 'backup-sage', 'cleanup'];
const monitoring = ['drill-other', 'drill-sage', 'monitor', 'scrub'];

describe('setup_monitoring.sh', () => {
  beforeEach(() => script('--remove-cron'));

  it('switches what is declared, and freezes nothing of it', async () => {
    expect(await script('--setup-cron', '--setup-monitoring')).toMatchObject({ exitCode: 0 });
    expect(await enabled()).toEqual([...cron, ...monitoring]);
    const { items } = await online.api.vault.records.list('schedules');
    expect(items.map(({ name }) => name).sort()).toEqual([...cron, ...monitoring]);
    for (const item of items) expect(item).not.toHaveProperty('body');
  });

  it('carries out several flags in turn, the status last', async () => {
    await script('--setup-monitoring');
    const { stdout, stderr } = await script('--remove-cron', '--setup-cron', '--status');
    expect(await enabled()).toEqual(cron);
    expect(stdout).toMatch(/next \(UTC\): .*\bbackup-sage/);
    expect(stderr).toMatch(/^backup-sage /m);
    expect(stderr).toContain(old[2]);
  });

  it('--remove-cron switches all off and prints the lines of the old scripts in the crontab', async () => {
    await script('--setup-cron');
    const { stdout, stderr, exitCode } = await script('--remove-cron');
    expect(exitCode).toBe(0);
    expect(stdout.match(/disabled/g)).toHaveLength(7);
    expect(stderr.split('\n')).toEqual([expect.stringContaining('crontab -e'), old[2], old[3]]);
    // As the configuration says: nothing is left of the switches.
    expect((await online.api.vault.records.list('schedules')).items).toEqual([]);
  });

  it('--remove-cron in a worker’s container tells of the crontab that the script has read outside', async () => {
    const { stderr } = await scriptWith({ SAGEKEEP_HOST_CRONTAB: '1 2 * * * /else/backup.sh' }, [
      '--remove-cron',
    ]);
    expect(stderr.split('\n')).toEqual([expect.stringContaining('crontab -e'), '1 2 * * * /else/backup.sh']);
  });

  it('without a flag says which there are', async () => {
    const { exitCode, stderr } = await script();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--setup-cron');
  });
});
