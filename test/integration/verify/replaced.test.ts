import { afterEach, describe, expect, it } from 'vitest';
import {
  type LockSession,
  newShortId,
  openLockSession,
  takeLock,
  takePatiently,
  tryLock,
} from '../../../packages/engine/src/lock/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { ask, vaultIn } from './harness.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const entry of opened.splice(0).reverse()) await entry[Symbol.asyncDispose]();
});

const exclusive = (dbname: string) => ({ scope: 'content', dbname, mode: 'exclusive' }) as const;

/** The session of a restore of this database, which has taken nothing yet. */
async function restoring(url: string): Promise<LockSession> {
  const { signal } = new AbortController();
  const shortId = newShortId('restore-1', 1);
  const lock = await openLockSession(parseDatabaseUrl(url), { kind: 'restore', shortId, signal });
  opened.push(lock);
  return lock;
}

describe('a verification beside a restore', () => {
  it('waits while the content is being replaced, and says for whom', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const restore = await restoring(database.url);
    await takeLock(restore, exclusive(database.dbname));
    await expect(ask(database.url, { mode: 'quick' })).rejects.toMatchObject({
      code: 'LOCK_BUSY',
      message: expect.stringContaining('sagekeep-restore/'),
    });
    await restore.close();
    expect((await ask(database.url, { mode: 'quick' })).finding('connection.answers').value).toMatch(
      /^logged in/,
    );
  });

  it('is waited for, so that no swap ends its session', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const restore = await restoring(database.url);
    const taken: boolean[] = [];
    const onBorder = async () => {
      taken.push(await tryLock(restore.session, exclusive(database.dbname)));
    };
    await ask(database.url, { mode: 'quick', onBorder });
    expect(taken).toEqual([false]);
    expect(await tryLock(restore.session, exclusive(database.dbname))).toBe(true);
  });

  it.each(['swapped', 'replaced in place'])(
    'that had to make way says nothing of a database that was %s meanwhile',
    async (how) => {
      using folder = temporaryFolder();
      const vault = vaultIn(folder.path);
      await using database = await createDatabase({ template: 'sample' });
      const { dbname, url } = database;
      const restore = await restoring(url);
      const onBorder = async () => {
        await takePatiently(restore, exclusive(dbname), 1);
        if (how === 'replaced in place') return;
        await administer(async (client) => {
          await client.query(`drop database "${dbname}" with (force)`);
          await client.query(`create database "${dbname}"`);
        });
        await restore.close();
      };
      await expect(ask(url, { mode: 'quick', vault, onBorder })).rejects.toMatchObject({
        code: 'LOCK_LOST',
        retryable: true,
      });
      expect((await vault.records.list('reports')).items).toEqual([]);
    },
  );
});
