import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { contextOf, restorePayload, sql } from '../../integration/restore/harness.ts';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { type Stage, stageOf } from './stage.ts';

interface Visit {
  readonly id: string;
  readonly from: number;
  to: number;
}

/** When each attempt had sessions inside a copy that it was building, by the server's own log. */
function visits(log: string): Visit[] {
  const found = new Map<string, Visit>();
  for (const line of log.split('\n')) {
    const match = /^(\d+\.\d+) \[(\d+)\] (\S*) (\S*) LOG: {2}(connection authorized|disconnection)/.exec(
      line,
    );
    const database = /database=(\S+)/.exec(line)?.[1] ?? '';
    const id = /^live_aside_([0-9a-f]{8}a\d+n[0-9a-f]{4})$/.exec(database)?.[1];
    if (match === null || id === undefined) continue;
    const at = Number(match[1]);
    const visit = found.get(id);
    if (visit === undefined) found.set(id, { id, from: at, to: at });
    else visit.to = at;
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** What the queue does with LOCK_BUSY: the job waits its turn without using an attempt. */
async function untilDone(stage: Stage, jobId: string): Promise<string> {
  for (;;) {
    try {
      const payload = restorePayload({ backup: stage.backup });
      return (await stage.world.engine.restore(payload, contextOf({ jobId }))).record.id;
    } catch (error) {
      if (!isSagekeepError(error, 'LOCK_BUSY')) throw error;
      expect(error.message).toMatch(/sagekeep-(restore|backup)/);
    }
  }
}

it('several restores of one database at once, one worker killed, never overlap, and backups go on beside them', async () => {
  await using server = await startPrivatePostgres({
    settings: { log_connections: 'on', log_disconnections: 'on', log_line_prefix: '%n [%p] %a %d ' },
  });
  await sql(server.url, 'create database live');
  await using stage = await stageOf({ url: withDatabase(server.url, 'live') });
  await using dying = stage.attempt({ jobId: 'dying', stopAt: 'restore:post-data' });
  await dying.line(/^at restore:post-data$/);
  const waiting = Promise.all([untilDone(stage, 'one'), untilDone(stage, 'two'), untilDone(stage, 'three')]);
  const { manifest } = await stage.world.engine.backup(
    { database: 'sage', reason: 'manual', by: 'tester' },
    contextOf(),
  );
  expect(manifest.inventory.tables.map((table) => table.rows)).toContain(7);
  await dying.kill('SIGKILL');
  const ids = await waiting;
  expect(new Set(ids).size).toBe(3);
  expect(await stage.rows()).toBe(5);
  const seen = visits(readFileSync(join(server.folder, 'postgresql.log'), 'utf8'));
  expect(seen.length).toBe(4);
  for (const [at, visit] of seen.entries()) {
    const next = seen[at + 1];
    if (next !== undefined) expect(visit.to).toBeLessThanOrEqual(next.from);
  }
  expect((await stage.clients.stop()).wrong).toBe(0);
});
