import { join } from 'node:path';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { renderReport } from '@sagekeep/watch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrivatePostgres } from '../support/servers.ts';
import { commandsIn } from './cli/runbook.ts';
import { type Said, type Stack, startStack } from './cli/stack.ts';

let stack: Stack;
/** Every story has a stack of its own. */
function withStack(): void {
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
}

/** Fails with what was said. */
function ended(said: Said, code = 0): Said {
  expect(said.code, `${said.out}\n${said.err}`).toBe(code);
  return said;
}

async function count(table: string, dbname?: string): Promise<unknown> {
  const [row] = await stack.sql(`SELECT count(*)::int AS n FROM ${table}`, dbname);
  return row?.['n'];
}

describe('the old guide, typed as it stands', () => {
  withStack();
  const sql = 'backups/sage_backup_20250725_220441.sql';

  it('backup.sh takes a backup', async () => {
    const { out } = ended(await stack.shell('./scripts/backup.sh'));
    expect(out).toMatch(/^Backup sage_backup_\d{8}_\d{6}: /);
    ended(await stack.shell('./scripts/backup.sh -d sage_memory -u sage'));
  });

  it('restore.sh takes the files that the old script made', async () => {
    const dump = `pg_dump --no-owner --no-privileges "$DATABASE_URL"`;
    ended(await stack.shell(`${dump} > ${sql} && ${dump} -Fc > ${sql}.custom`));
    await stack.sql('DELETE FROM memories');
    ended(await stack.shell(`./scripts/restore.sh -f ${sql}.custom`));
    expect(await count('memories')).toBe(400);
    await stack.sql('DELETE FROM memories');
    const asked = await stack.shell(`script -qec './scripts/restore.sh ${sql}' /dev/null`, {
      input: 'sage\n',
    });
    expect(ended(asked).out).toContain('Type sage to restore it:');
    expect(await count('memories')).toBe(400);
  });

  it('restore.sh asks, and takes any other answer for a no', async () => {
    const line = "script -qec './scripts/restore.sh latest' /dev/null";
    const { out } = ended(await stack.shell(line, { input: 'sage_memory\n' }), 2);
    expect(out).toContain('nothing was done');
    ended(await stack.shell(`./scripts/restore.sh ${sql}`), 2);
  });

  it('verify_data.sh checks the database', async () => {
    for (const flags of ['', '--quick'])
      expect([0, 3]).toContain((await stack.shell(`./scripts/verify_data.sh ${flags}`)).code);
    const { err } = ended(await stack.shell('./scripts/verify_data.sh --quick -u postgres'), 2);
    expect(err).toContain('configured with user sage');
  });

  it('verify_data.sh --report prints a report, and keeps it', async () => {
    const { code, out } = await stack.shell('./scripts/verify_data.sh --report');
    expect([0, 3]).toContain(code);
    expect(out).toMatch(/^Verification of sage/);
    const [, id = 'none'] = /Kept as report (\S+)\.$/m.exec(out) ?? [];
    const vault = createVault({
      storage: createFolderStorage({ folder: join(stack.folder, 'backups') }),
      now: () => new Date(),
    });
    const kept = await vault.records.get('reports', id);
    expect(kept).toMatchObject({ kind: 'verify', database: 'sage' });
    if (kept !== null) expect(out).toContain(renderReport(kept).trimEnd());
  });

  it('setup_monitoring.sh switches schedules on and off', async () => {
    const { out } = ended(await stack.shell('./scripts/setup_monitoring.sh --setup-cron --setup-monitoring'));
    expect(out).not.toContain('disabled');
    expect([0, 3]).toContain((await stack.shell('./scripts/setup_monitoring.sh --status')).code);
    const removed = ended(await stack.shell('./scripts/setup_monitoring.sh --remove-cron'));
    expect(removed.out.match(/disabled/g)).toHaveLength(5);
  });
});

describe('docs/runbook.md', () => {
  withStack();
  const sections = commandsIn('docs/runbook.md');
  const tried = new Set<string>();

  /** Types what stands under a heading, line by line; 3 means that something was found, which is an answer. */
  async function type(heading: string, env: Record<string, string> = {}): Promise<Said[]> {
    tried.add(heading);
    const said: Said[] = [];
    for (const line of sections.get(heading) ?? []) {
      const each = await stack.shell(line, { env });
      expect([0, 3], `${line}\n${each.out}\n${each.err}`).toContain(each.code);
      said.push(each);
    }
    expect(said).not.toEqual([]);
    return said;
  }

  it('Would it come back?', async () => {
    ended(await stack.shell('scripts/sagekeep backup sage'));
    const [proof, plan] = await type('Would it come back?');
    expect(proof?.out).toMatch(/^Proven: /);
    expect(plan?.out).toMatch(/Plan [0-9a-f]{64}/);
  });

  it('A table was dropped by mistake, or a DELETE had no WHERE', async () => {
    await stack.sql('DELETE FROM memories');
    const { port } = stack.postgres;
    const env = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: 'private' };
    const [list] = await type('A table was dropped by mistake, or a DELETE had no WHERE', env);
    expect(list?.out).toMatch(/ 400 /);
    expect(await count('memories')).toBe(400);
  });

  it('A restore went wrong, or was the wrong one', async () => {
    await stack.sql("INSERT INTO sessions (id, name) VALUES ('after the backup', 'x')");
    ended(await stack.shell('scripts/sagekeep restore sage latest -f'));
    expect(await stack.sql("SELECT 1 FROM sessions WHERE id = 'after the backup'")).toEqual([]);
    await type('A restore went wrong, or was the wrong one');
    expect(await stack.sql("SELECT 1 FROM sessions WHERE id = 'after the backup'")).toHaveLength(1);
  });

  it('Backups have been failing for a week', async () => {
    const said = await type('Backups have been failing for a week');
    expect(said.at(-1)?.out).toMatch(/^Proven: /);
  });

  it('The disk is full', async () => {
    const { out } = ended(await stack.shell('scripts/sagekeep cleanup --dry-run --offline'));
    const hash = /^Plan (?<hash>[0-9a-f]{64})$/m.exec(out)?.groups?.['hash'] ?? '';
    const [plan, done] = await type('The disk is full', { PLAN: hash });
    expect(plan?.out).toContain('A dry run: nothing was deleted.');
    expect(done?.out).toMatch(/Deleted \d+, freed /);
  });

  it('The container or its data is gone', async () => {
    await stack.kill();
    await stack.postgres.signal('SIGKILL');
    await using rescue = await startPrivatePostgres({ durable: false });
    const url = new URL(rescue.url);
    url.pathname = '/sage_memory';
    const env = {
      DATABASE_URL: url.href,
      REDIS_URL: 'redis://127.0.0.1:1',
      SAGEKEEP_URL: 'http://127.0.0.1:1',
    };
    await type('The container or its data is gone', env);
    const rows = await stack.shell('psql -Atc "SELECT count(*) FROM memories" "$DATABASE_URL"', { env });
    expect(ended(rows).out).toBe('400');
  });

  it('every heading of the page was tried', () => {
    expect([...sections.keys()].filter((heading) => !tried.has(heading))).toEqual([]);
  });
});
