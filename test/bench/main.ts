import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { startPrivatePostgres, startPrivateRedis } from '../support/servers.ts';
import { benchBackup } from './backup.ts';
import { benchInside } from './inside.ts';
import { benchRestore } from './restore.ts';
import { createTools } from './tools.ts';

/**
 * `npm run bench [-- backup | restore | all | inside]`: everything side by side in one run. The first three use a private
 * server and need PostgreSQL 16 or newer with its client tools, `inside` needs Docker.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vectors: { type: 'string', default: '60000' },
    short: { type: 'string', default: '10000000' },
    hnsw: { type: 'string', default: '20000' },
    memories: { type: 'string', default: '8000' },
    rounds: { type: 'string', default: '3' },
    'data-on': { type: 'string', default: tmpdir() },
  },
});

const [which = 'all'] = positionals;
if (!['backup', 'restore', 'all', 'inside'].includes(which)) {
  console.error(`There is no benchmark ${which}: say backup, restore, all or inside.`);
  process.exit(2);
}
const rounds = Number(values.rounds);
if (which === 'inside') {
  await benchInside({ rounds, vectorRows: Number(values.memories) });
  process.exit();
}
const major = [19, 18, 17, 16].find((version) => existsSync(`/usr/lib/postgresql/${version}/bin/initdb`));
if (major === undefined) {
  console.error(
    'The benchmark compares zstd dumps: install postgresql-17 (or 16, 18) with its pgvector, and run it again.',
  );
  process.exit(1);
}
const pgDump = `/usr/lib/postgresql/${major}/bin/pg_dump`;
const work = mkdtempSync(join(values['data-on'], 'sagekeep-bench-'));
chmodSync(work, 0o711);
const server = await startPrivatePostgres({
  durable: false,
  settings: { max_wal_size: '8GB', shared_buffers: '512MB', autovacuum: 'off' },
});
try {
  const { stdout } = await execa(pgDump, ['--version']);
  console.log(`${stdout}; Node ${process.version}; ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`);
  const tools = createTools(pgDump, work);
  const common = { server: server.url, tools, rounds };
  const shortRows = Number(values.short);
  if (which !== 'restore') {
    await using redis = await startPrivateRedis({ durable: false });
    const place = { redis: redis.url, work };
    await benchBackup({ ...common, place, vectorRows: Number(values.vectors), shortRows });
  }
  if (which !== 'backup') {
    await benchRestore({ ...common, vectorRows: Number(values.hnsw), shortRows: shortRows / 100 });
  }
} finally {
  await server.stop();
  rmSync(work, { recursive: true, force: true });
}
