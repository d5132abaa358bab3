import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JobView } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { testJob } from '../testing/job.ts';
import { listen } from '../testing/server.ts';
import { type Followed, follow } from './follow.ts';
import { createHttp } from './http.ts';

const finishedAt = '2026-11-23T12:00:00.000Z';
const ended = testJob({
  state: 'completed',
  finishedAt,
  log: ['one', 'two', 'three'],
  result: { backup: 'x' },
});

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function json(response: ServerResponse, body: JobView, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** What a follower of job 12 hears from a server that answers so. */
async function heard(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<Followed> = {},
) {
  await using server = await listen(answer);
  const http = createHttp({ url: server.url, token: null, source: 'test' });
  const signal = AbortSignal.timeout(10_000);
  const told: string[] = [];
  for await (const each of follow(http, { queue: 'backup', id: '12', signal, pauseMs: 1, ...more })) {
    told.push(each.type === 'log' ? each.line : each.type);
  }
  return told;
}

describe('follow', () => {
  it('tells the stream until its end', async () => {
    const told = await heard((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event('state', testJob()) + event('log', { line: 'one' }));
      response.end(event('a-new-kind', {}) + event('completed', ended));
    });
    expect(told).toEqual(['state', 'one', 'completed']);
  });

  it('asks for the result when the end was told without it', async () => {
    const results: unknown[] = [];
    await using server = await listen((request, response) => {
      if (!request.url?.endsWith('/events')) return json(response, ended);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event('completed', testJob({ state: 'completed' })));
    });
    const http = createHttp({ url: server.url, token: null, source: 'test' });
    for await (const each of follow(http, { queue: 'backup', id: '12', signal: AbortSignal.timeout(10_000) }))
      if (each.type === 'completed') results.push(each.job.result);
    expect(results).toEqual([{ backup: 'x' }]);
  });

  it('connects again when the stream breaks, and tells no line twice', async () => {
    let connections = 0;
    const told = await heard((request, response) => {
      if (!request.url?.endsWith('/events')) return json(response, testJob({ log: ['one', 'two'] }));
      connections += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event('log', { line: 'one' }), () => {
        if (connections === 1) response.destroy();
        else
          response.end(
            event('log', { line: 'two' }) + event('log', { line: 'three' }) + event('completed', ended),
          );
      });
    });
    expect(told).toEqual(['one', 'two', 'progress', 'three', 'completed']);
  });

  it('asks again and again where there is no stream to be had', async () => {
    const answers = [testJob({ log: ['one'] }), testJob({ log: ['one', 'two'] }), ended];
    const told = await heard((request, response) => {
      if (request.url?.endsWith('/events')) response.destroy();
      else json(response, answers.shift() ?? ended);
    });
    expect(told).toEqual(['one', 'progress', 'two', 'progress', 'three', 'completed']);
  });

  it('gives up on an API that stays away', async () => {
    const lost: string[] = [];
    const following = heard((_request, response) => void response.destroy(), {
      patienceMs: 20,
      onLost: () => lost.push('lost'),
    });
    await expect(following).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(lost).toEqual(['lost']);
  });

  it('ends quietly on Ctrl-C', async () => {
    const interrupt = new AbortController();
    const told = await heard(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event('state', testJob()), () => interrupt.abort());
      },
      { signal: interrupt.signal },
    );
    expect(told.length).toBeLessThanOrEqual(1);
  });

  it('does not wait for a job that does not exist', async () => {
    const problem = { type: 'x', title: 'x', status: 404, detail: 'no job 12', code: 'UNKNOWN_JOB' };
    const following = heard((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
    });
    await expect(following).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  });
});
