import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSubject, type Subject, testContext } from '../../integration/backup/harness.ts';
import { childrenOf, stoppedChildOf } from '../../support/children.ts';
import { waitFor } from '../../support/events.ts';
import {
  administer,
  createDatabase,
  startPrivatePostgres,
  type TestDatabase,
} from '../../support/servers.ts';
import { openDisk } from '../storage/fixtures/disk.ts';

const nothing = { listed: [], attempts: 0, damaged: 0 };

/** Text that does not compress, and enough of it that a dump can be caught at work. */
const bigTable = `
  create table big (id int, t text);
  insert into big select i, md5(i::text) || md5((-i)::text) || md5((i * 7)::text) || md5((i * 13)::text)
    from generate_series(1, 800000) i`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await administer((client) => client.query(bigTable), database.url);
});
afterAll(() => database.drop());

async function failsWith(subject: Subject, running: Promise<unknown>, expected: object): Promise<void> {
  await expect(running).rejects.toMatchObject(expected);
  expect(await subject.left()).toEqual(nothing);
  for (const tool of ['pg_dump', 'pg_restore']) expect(childrenOf(process.pid, tool)).toEqual([]);
}

/** A backup that is past its preflight, which runs tools of its own to learn their version. */
async function dumping(
  subject: Subject,
  signal = new AbortController().signal,
  jobId: string = randomUUID(),
): Promise<{ running: Promise<unknown> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onBorder = (name: string) => (name === 'backup:snapshot' ? resolve() : undefined);
  const running = subject.backup(testContext({ onBorder, signal, jobId }));
  await Promise.race([promise, running]);
  running.catch(() => undefined);
  return { running };
}

describe('a child that dies in the middle', () => {
  it.each(['pg_dump', 'pg_restore'])(
    '%s killed: the attempt fails, is worth a retry and leaves nothing',
    async (tool) => {
      await using subject = await createSubject(database.url);
      const { running } = await dumping(subject);
      process.kill(await stoppedChildOf(process.pid, tool), 'SIGKILL');
      await failsWith(subject, running, {
        code: 'TOOL_FAILED',
        retryable: true,
        message: expect.stringContaining(`${tool} was ended by SIGKILL`),
      });
    },
  );

  it('pg_dump stopped and then cancelled: it is gone when the job settles', async () => {
    await using subject = await createSubject(database.url);
    const controller = new AbortController();
    const { running } = await dumping(subject, controller.signal);
    await stoppedChildOf(process.pid, 'pg_dump');
    controller.abort(new Error('cancelled'));
    await failsWith(subject, running, { message: 'cancelled' });
  });
});

describe('a server that goes away', () => {
  it('a terminated backend is told as such, in the words of the tool', async () => {
    await using subject = await createSubject(database.url);
    const running = subject.backup();
    running.catch(() => undefined);
    await administer(async (client) => {
      await waitFor(async () => {
        const { rows } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = $1 and application_name like 'sagekeep-backup/%' and query like 'COPY %'`,
          [database.dbname],
        );
        return rows.length > 0;
      });
    });
    await failsWith(subject, running, { code: 'SERVER_GONE', retryable: true });
  });

  it('a server killed with -9, after which the same job succeeds', async () => {
    await using server = await startPrivatePostgres();
    await administer((client) => client.query(bigTable), server.url);
    await using subject = await createSubject(server.url);
    const { running } = await dumping(subject, undefined, 'again');
    const dump = await stoppedChildOf(process.pid, 'pg_dump');
    await server.signal('SIGKILL');
    process.kill(dump, 'SIGCONT');
    await failsWith(subject, running, { retryable: true });
    await server.restart();
    const { manifest } = await subject.backup(testContext({ jobId: 'again', attempt: 2 }));
    expect(manifest.inventory.tables).toMatchObject([{ name: 'public.big', rows: 800_000 }]);
    expect((await subject.left()).listed).toEqual([manifest.id]);
  });
});

describe('a disk that fills up', () => {
  it('after the space was found to suffice: the attempt fails, leaves nothing, and is worth a retry', async () => {
    await using disk = await openDisk('size=400m');
    await using subject = await createSubject(database.url, { vault: disk.vault, folder: disk.folder });
    const context = testContext({
      onBorder: (name) => (name === 'backup:snapshot' ? disk.fill() : undefined),
    });
    await failsWith(subject, subject.backup(context), { code: 'STORAGE_FULL', retryable: true });
  });

  it('too small from the start: said before anything is read', async () => {
    await using disk = await openDisk('size=2m');
    await using subject = await createSubject(database.url, { vault: disk.vault, folder: disk.folder });
    await failsWith(subject, subject.backup(), { code: 'SPACE_MISSING', retryable: true });
  });
});
