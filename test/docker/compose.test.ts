import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Backup, BackupPage, type JobView } from '@sagekeep/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack } from './support/stack.ts';

let engine: Engine;
let stack: ComposeStack;

beforeAll(async () => {
  engine = await startEngine();
  const standIns = await provideBases(engine);
  if (standIns.length > 0) console.log(`stand-ins for images that cannot be pulled: ${standIns.join(', ')}`);
  stack = await startStack(engine);
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await engine?.stop();
});

async function get(path: string): Promise<unknown> {
  const answer = await fetch(`${stack.api}${path}`, { headers: { authorization: `Bearer ${stack.token}` } });
  expect(answer.status).toBe(200);
  return await answer.json();
}

describe('docker compose up on a fresh checkout', () => {
  it('ends with a first backup in ./backups', async () => {
    const page = BackupPage.parse(await get('/v1/backups?database=sage'));
    expect(page.damaged).toEqual([]);
    expect(page.items).toHaveLength(1);
    const backup = Backup.parse(await get(`/v1/backups/${page.items[0]?.manifest.id}`));
    expect(backup.manifest.serverVersion).toMatch(/^17/);
    expect(backup.manifest.inventory.tables.map((table) => table.name).sort()).toEqual([
      'public.memories',
      'public.sessions',
    ]);
  });

  it('takes another one by HTTP, with the rows that were written meanwhile', async () => {
    await stack.compose(
      'exec',
      '--no-TTY',
      'db',
      'psql',
      '-U',
      'sage',
      '-d',
      'sage_memory',
      '-c',
      "insert into sessions(id, name) select 's' || n, '会话 ' || n from generate_series(1, 100) n",
    );
    const answer = await stack.sagekeep('backup', 'sage', '--json');
    const job = JSON.parse(answer) as JobView & {
      result: { backup: string };
    };
    expect(job.state).toBe('completed');
    const backup = Backup.parse(await get(`/v1/backups/${job.result.backup}`));
    expect(backup.manifest.inventory.tables.find((table) => table.name === 'public.sessions')?.rows).toBe(
      100,
    );
    expect(backup.manifest.container?.name).toBe(`${stack.project}-db-1`);
  });

  it('has the SQL in frames, and decompressed it is what pg_restore writes of the archive', async () => {
    await stack.sql(
      `INSERT INTO sessions (id, metadata) SELECT 'random ' || n, jsonb_build_object('r', (SELECT string_agg(md5(random()::text || n || i), '') FROM generate_series(1, 64) i)) FROM generate_series(1, 2000) n`,
    );
    const { result } = JSON.parse(await stack.sagekeep('backup', 'sage', '--json')) as {
      result: { backup: string };
    };
    const base = `/app/backups/sage/${result.backup}/${result.backup}`;
    const program = await readFile(join(import.meta.dirname, 'support/sqlAgainstArchive.js'), 'utf8');
    const node = ['node', '--input-type=module', '-e', program, '--', base];
    const said = JSON.parse(await stack.compose('exec', '--no-TTY', 'worker', ...node));
    expect(said.sql).toEqual(said.restored);
    expect(said.sql.bytes).toBeGreaterThan(4_000_000);
    // Text, the rows of sessions as they are in the archive, text.
    expect(said.frames).toHaveLength(3);
    expect(said.frames[1]).toBeGreaterThan(1 << 20);
  });

  it('has a worker that is healthy by its own heartbeat, and tells the sizes of its images', async () => {
    const health = await stack.compose('exec', '--no-TTY', 'worker', 'node', 'apps/worker/src/health.ts');
    expect(health).toMatch(/^alive: /);
    for (const image of ['sagekeep-api:test', 'sagekeep-worker:test']) {
      const bytes = Number(await stack.docker('image', 'inspect', '--format', '{{.Size}}', image));
      console.log(`${image}: ${Math.round(bytes / 1e6)} MB`);
    }
  });

  it('starts with an empty database and an own log of the preparation', async () => {
    expect(await stack.sql('SELECT count(*) FROM memories')).toBe('0');
    const said = await readFile(join(stack.folder, 'data/logs/supervisor/init.log'), 'utf8');
    expect(said).toMatch(/Z ready: secrets are in \.\/data\/secrets/);
    expect(said).not.toMatch(/WARNING|ERROR/);
    for (const line of (await stack.host('find', 'data/secrets', '-type', 'f', '-printf', '%m %U\\n')).split(
      '\n',
    ))
      expect(line).toBe('600 1000');
  });

  it('runs nothing as root once it is up, and nothing privileged', async () => {
    const ids = (await stack.compose('ps', '--quiet')).split('\n').filter((id) => id !== '');
    expect(ids.length).toBeGreaterThanOrEqual(5);
    for (const id of ids) {
      const users = (await stack.docker('top', id, '-eo', 'user:20,pid,args')).split('\n').slice(1);
      // A health check is root for the moment in which it becomes another user.
      const becoming = /runc|setpriv/;
      expect(users.filter((user) => /^root\s/.test(user) && !becoming.test(user))).toEqual([]);
      expect(await stack.docker('inspect', '--format', '{{.HostConfig.Privileged}}', id)).toBe('false');
    }
  });

  it('lets every service write only where it must, without capabilities, and Docker’s socket lies in the proxy alone', async () => {
    const ids = (await stack.compose('ps', '--quiet')).split('\n').filter((id) => id !== '');
    const [...containers] = JSON.parse(await stack.docker('inspect', ...ids)) as {
      Config: { Labels: Record<string, string> };
      HostConfig: {
        ReadonlyRootfs: boolean;
        CapDrop: string[];
        Memory: number;
        SecurityOpt: string[] | null;
      };
      Mounts: { Source: string }[];
    }[];
    const service = (labels: Record<string, string>) => labels['com.docker.compose.service'] ?? '';
    for (const { Config, HostConfig, Mounts } of containers) {
      const name = service(Config.Labels);
      expect(HostConfig.ReadonlyRootfs, name).toBe(name !== 'db');
      expect(HostConfig.CapDrop, name).toEqual(['ALL']);
      expect(HostConfig.Memory, name).toBeGreaterThan(0);
      const sockets = Mounts.filter(({ Source }) => Source.endsWith('docker.sock'));
      expect(sockets.length, name).toBe(name === 'docker-proxy' ? 1 : 0);
    }
    expect(containers.map(({ Config }) => service(Config.Labels))).toContain('docker-proxy');
  });

  it('has a health check in every container, and every one passes', async () => {
    const ids = (await stack.compose('ps', '--quiet')).split('\n').filter((id) => id !== '');
    for (const id of ids) {
      const health = async () =>
        (await stack.docker('inspect', '--format', '{{.State.Health.Status}}', id)).trim() === 'healthy';
      await waitFor(health, { what: `${id} to be healthy`, withinMs: 90_000 });
    }
  });

  it('carries no client tools and no driver in the image of the API, and in the worker’s the majors asked for', async () => {
    const look = (image: string, script: string) =>
      stack.docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', script);
    const touching =
      'find / -xdev \\( -name pg_dump -o -name pg_restore -o -name psql -o -path "*/node_modules/pg" -o -path "*/node_modules/dockerode" -o -path "*/packages/engine" \\) -printf "%f\\n" | sort -u';
    expect(await look('sagekeep-api:test', touching)).toBe('');
    const found = ['dockerode', 'engine', 'pg', 'pg_dump', 'pg_restore', 'psql'];
    expect((await look('sagekeep-worker:test', touching)).split('\n')).toEqual(found);
    const { services } = JSON.parse(await stack.compose('config', '--format', 'json')) as {
      services: { worker: { build: { args: { PG_MAJORS: string } } } };
    };
    const majors = (await look('sagekeep-worker:test', 'ls /usr/lib/postgresql')).split('\n');
    expect(majors).toEqual(services.worker.build.args.PG_MAJORS.split(' '));
  });

  it('lets nobody but the worker reach the proxy', async () => {
    const members = await stack.docker(
      ...[
        'network',
        'inspect',
        '--format',
        '{{range .Containers}}{{.Name}} {{end}}',
        `${stack.project}_docker`,
      ],
    );
    const names = members.trim().split(' ').sort();
    expect(names).toEqual([`${stack.project}-docker-proxy-1`, `${stack.project}-worker-1`]);
    const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    const proxy = await stack.docker('inspect', '--format', networks, `${stack.project}-docker-proxy-1`);
    expect(proxy.trim()).toBe(`${stack.project}_docker`);
  });

  it('answers only GET on the socket proxy', async () => {
    const ask = async (method: string, path: string) =>
      await stack.compose(
        'exec',
        '--no-TTY',
        'worker',
        'node',
        '-e',
        `fetch('http://docker-proxy:2375${path}', { method: '${method}' }).then((r) => console.log(r.status))`,
      );
    expect(await ask('GET', '/_ping')).toBe('200');
    expect(await ask('GET', `/containers/${stack.project}-db-1/json`)).toBe('200');
    expect(await ask('GET', `/containers/${stack.project}-db-1/archive?path=/`)).toBe('403');
    expect(await ask('POST', `/containers/${stack.project}-db-1/restart`)).toBe('403');
  });
});
