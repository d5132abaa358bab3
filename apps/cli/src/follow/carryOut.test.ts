import type { JobView } from '@sagekeep/contracts';
import { exampleProof } from '@sagekeep/storage/testing';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import type { Started } from '../desk.ts';
import { testJob } from '../testing/job.ts';
import { testWorld } from '../testing/world.ts';
import { createTool } from '../tool.ts';
import { conclude, verdictOf } from './carryOut.ts';

function ending(changes: Partial<JobView>): Started {
  const job = testJob({ queue: 'verify', ...changes });
  return {
    id: job.id,
    queue: job.queue,
    state: 'active',
    board: null,
    async *events() {
      yield { type: job.state === 'completed' ? 'completed' : 'failed', job };
    },
  };
}

async function codeOf(job: 'verify' | 'prove', changes: Partial<JobView>) {
  const world = testWorld();
  const tool = createTool(new Command(), world, () => {});
  const tell = (result: object) => ({ text: 'told', code: verdictOf(result) });
  const code = await conclude(tool, ending({ name: job, ...changes }), { job, tell });
  return { code, ...world.written() };
}

const error = { code: 'SERVER_UNREACHABLE', message: 'Nobody answers.', advice: 'Start it.' };

it.each([
  ['pass', 0],
  ['skip', 0],
  ['warn', 3],
  ['fail', 3],
])('a verification whose status is %s ends with %i', async (status, code) => {
  const ended = await codeOf('verify', { state: 'completed', result: { status, findings: [] } });
  expect(ended).toMatchObject({ code, out: 'told\n' });
});

it.each([
  ['proven', 'pass', 0],
  ['failed', 'fail', 3],
] as const)('a proof with the result %s and the status %s ends with %i', async (result, status, code) => {
  const proof = exampleProof({ result });
  expect(await codeOf('prove', { state: 'completed', result: { status, proof } })).toMatchObject({ code });
});

it.each(['verify', 'prove'] as const)('%s that could not run ends with 1 and says why', async (job) => {
  const ended = await codeOf(job, { state: 'failed', error });
  expect(ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Nobody answers.') });
});

it('a result without a status is done', () => {
  expect([verdictOf(null), verdictOf({ deleted: 1 }), verdictOf('text')]).toEqual([0, 0, 0]);
});
