import type { CleanupJobResult } from '@sagekeep/contracts';
import { exampleProof, publishExample } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { type HttpReceiver, httpReceiver } from '../watch/receivers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

const dayMs = 86_400_000;
const payload = { database: 'sage', by: 'test' } as const;

/** Proven backups so many days old; the newest first. */
async function fill({ vault }: WorkerBench, days: readonly number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const daysAgo of days) {
    const { id } = await publishExample(vault, { at: new Date(Date.now() - daysAgo * dayMs) });
    await vault.catalogue.mark(id, exampleProof({ at: new Date().toISOString() }));
    ids.push(id);
  }
  return ids;
}

async function listed({ vault }: WorkerBench): Promise<string[]> {
  return (await vault.catalogue.list()).backups.map(({ manifest }) => manifest.id);
}

interface Told {
  readonly key: string;
  readonly event: string;
  readonly detail: string;
  readonly advice: string;
}

/** What the webhook was told of cleanups. */
function toldBy({ heard }: HttpReceiver): Told[] {
  return heard.map(({ body }) => JSON.parse(body) as Told).filter(({ key }) => key === 'cleanup-failed:sage');
}

it('a plan above the share deletes nothing and is told; the hash of its dry run lets it pass and ends that', async () => {
  using folder = temporaryFolder();
  await using receiver = await httpReceiver();
  await using database = await createDatabase();
  const retention = { keepDays: 7, keepLast: 1, maxDeleteShare: 0.5 };
  await using worker = await startWorker(folder.path, {
    databases: { sage: { url: database.url, proof: { when: 'never' }, retention } },
    alerts: { channels: { hook: { kind: 'webhook', url: receiver.url } } },
  });
  const all = await fill(worker, [0, 9, 10, 11]);

  const stopped = await worker.end('cleanup', { ...payload, dryRun: false });
  expect(stopped.error).toMatchObject({
    code: 'CLEANUP_REFUSED',
    message: expect.stringContaining('it would delete 3 of 4 backups, more than 50 %'),
  });
  expect(await listed(worker)).toEqual(all);
  await waitFor(() => toldBy(receiver).length > 0, { what: 'the webhook to hear of it' });
  expect((await worker.vault.records.list('incidents')).items).toMatchObject([
    { key: 'cleanup-failed:sage', resolvedAt: null },
  ]);

  const rehearsed = (await worker.done('cleanup', { ...payload, dryRun: true })) as CleanupJobResult;
  const { planHash } = rehearsed;
  expect(toldBy(receiver)).toMatchObject([
    {
      event: 'opened',
      detail: expect.stringContaining(`sagekeep cleanup sage --plan-hash ${planHash}`),
      advice: 'sagekeep cleanup sage --dry-run',
    },
  ]);
  const other = 'a'.repeat(64);
  const outdated = await worker.end('cleanup', { ...payload, dryRun: false, planHash: other });
  expect(outdated.error?.code).toBe('PLAN_OUTDATED');
  expect(await listed(worker)).toEqual(all);

  expect(await worker.done('cleanup', { ...payload, dryRun: false, planHash })).toMatchObject({
    planHash,
    refused: null,
  });
  expect(await listed(worker)).toEqual(all.slice(0, 1));
  await waitFor(() => toldBy(receiver).length > 1, { what: 'the webhook to hear of the end' });
  expect(toldBy(receiver).map(({ event }) => event)).toEqual(['opened', 'resolved']);
  expect((await worker.vault.records.list('incidents')).items).toMatchObject([
    { key: 'cleanup-failed:sage', resolvedAt: expect.any(String) },
  ]);
});
