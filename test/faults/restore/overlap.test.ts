import { isSagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { contextOf, restorePayload, sql } from '../../integration/restore/harness.ts';
import { overlapsIn, readServerLog, tellingLog } from '../../support/serverLog.ts';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { type Stage, stageOf } from './stage.ts';

/** What the queue does with LOCK_BUSY: the job waits its turn without using an attempt. */
async function untilDone(stage: Stage, jobId: string): Promise<string> {
  for (;;) {
    try {
      const payload = restorePayload({ backup: stage.backup });
      return (await stage.world.engine.restore(payload, contextOf({ jobId }))).record.id;
    } catch (error) {
      if (!isSagekeepError(error, 'LOCK_BUSY')) throw error;
      // Who holds it may be gone by the time that it is asked for.
      expect(error.message).toMatch(/is being restored or swapped(\.|.*sagekeep-(restore|backup))/);
    }
  }
}

it('several restores of one database at once, one worker killed, never overlap, and backups go on beside them', async () => {
  await using server = await startPrivatePostgres({ settings: tellingLog });
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
  const log = readServerLog(server, 'live');
  expect(log.writes).toHaveLength(4);
  expect(log.renames.length).toBeGreaterThanOrEqual(6);
  expect(log.readings.length).toBeGreaterThanOrEqual(5);
  expect(overlapsIn(log)).toEqual([]);
  expect((await stage.clients.stop()).wrong).toBe(0);
});
