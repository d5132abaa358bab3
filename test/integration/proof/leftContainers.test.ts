import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { CleanupPayload } from '@sagekeep/contracts';
import type { InFlight } from '@sagekeep/engine';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exampleDatabase } from '../../../packages/engine/src/cleanup/testing/scene.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { contextOf, worldOf } from '../restore/harness.ts';

const now = new Date('2026-11-22T03:30:00Z');
const later = '2026-11-23T00:00:00.000Z';
const before = '2026-11-21T00:00:00.000Z';

interface Labels {
  readonly until: string;
  readonly job: string;
  readonly model: string;
}

function listing(id: string, name: string, labels: Record<string, string> = {}) {
  return { Id: id, Names: [`/${name}`], Labels: labels };
}

function scratch(name: string, { until, job, model }: Labels) {
  const labels = { 'sagekeep.scratch': until, 'sagekeep.job': job, 'sagekeep.model': model };
  return listing(name, name, labels);
}

/** The production containers of ours and of another installation, and what is left around them. */
const around = [
  listing('ours', 'sage-db'),
  listing('theirs', 'their-db'),
  scratch('sagekeep-scratch-01', { until: before, job: 'forgotten', model: 'gone' }),
  scratch('sagekeep-scratch-02', { until: later, job: 'ended', model: 'ours' }),
  scratch('sagekeep-scratch-03', { until: later, job: 'living', model: 'ours' }),
  scratch('sagekeep-scratch-04', { until: later, job: 'ended', model: 'theirs' }),
];

/** Lists those containers, and removes what it is told to, unless it refuses. */
async function startDaemon(socket: string) {
  const removed: string[] = [];
  const behaviour = { refuses: false };
  const server = createServer((request, response) => {
    if (request.method === 'GET') return void response.end(JSON.stringify(around));
    if (behaviour.refuses) return void response.writeHead(403).end('Forbidden');
    removed.push(request.url ?? '');
    response.writeHead(204).end();
  });
  await once(server.listen(socket), 'listening');
  return {
    removed,
    behaviour,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

let folder: ReturnType<typeof temporaryFolder>;
let dockerHost: string;
let daemon: Awaited<ReturnType<typeof startDaemon>>;
beforeEach(async () => {
  folder = temporaryFolder();
  dockerHost = join(folder.path, 'docker.sock');
  daemon = await startDaemon(dockerHost);
});
afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
  folder.remove();
});

async function cleanup(payload: Partial<CleanupPayload> = {}, host = dockerHost) {
  const sage = { ...exampleDatabase('sage'), container: 'sage-db' };
  using world = worldOf([sage, exampleDatabase('other')], { dockerHost: host, now: () => now });
  const inFlight: InFlight = { backups: [], known: true, hasEnded: async (job) => job === 'ended' };
  const context = contextOf();
  const { plan } = await world.engine.cleanup(
    CleanupPayload.parse({ by: 'ann', ...payload }),
    context,
    inFlight,
  );
  const containers = plan.plan.filter(({ subject }) => subject === 'container');
  return { context, containers, told: containers.map(({ action, backup }) => [action, backup]) };
}
const urlOf = (name: string) => `/containers/${name}?force=true&v=true`;

it('cleanup removes the throw-away containers of dead proofs with their volumes, and no living or foreign one', async () => {
  const dead = [
    ['delete', 'sagekeep-scratch-01'],
    ['delete', 'sagekeep-scratch-02'],
  ];
  expect((await cleanup({ dryRun: true })).told).toEqual(dead);
  expect(daemon.removed).toEqual([]);
  const { containers, told } = await cleanup();
  expect(told).toEqual(dead);
  expect(containers.map(({ database, reason }) => [database, reason])).toEqual([
    ['', `no proof can have a use for it since ${before}`],
    ['sage', 'the proof that made it is dead'],
  ]);
  expect(daemon.removed).toEqual([urlOf('sagekeep-scratch-01'), urlOf('sagekeep-scratch-02')]);
});

it('cleanup of one database removes only those that are made like its container', async () => {
  expect((await cleanup({ database: 'other' })).told).toEqual([]);
  expect((await cleanup({ database: 'sage' })).told).toEqual([['delete', 'sagekeep-scratch-02']]);
  expect(daemon.removed).toEqual([urlOf('sagekeep-scratch-02')]);
});

it('a Docker that refuses to remove one, or is not there, fails no cleanup', async () => {
  daemon.behaviour.refuses = true;
  const { containers } = await cleanup({ database: 'sage' });
  expect(containers).toMatchObject([
    {
      action: 'keep',
      reason: expect.stringMatching(
        /proof .* is dead, but Docker .*refuses.*docker rm -f -v sagekeep-scratch-02$/,
      ),
    },
  ]);
  const absent = await cleanup({}, join(folder.path, 'nowhere.sock'));
  expect(absent.told).toEqual([]);
  expect(absent.context.lines.join('\n')).toMatch(
    /containers of proofs were not looked for: there is no Docker/,
  );
});
