import { Accepted } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { listen } from '../testing/server.ts';
import { createHttp, nothing } from './http.ts';

describe('createHttp', () => {
  it('sends the token, the body and a key against doubled requests', async () => {
    const seen: unknown[] = [];
    await using server = await listen(async (request, response) => {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as unknown;
      seen.push(request.method, request.url, request.headers.authorization, body);
      expect(request.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
      response.writeHead(202, { 'content-type': 'application/json' });
      const links = { job: '/v1/jobs/backup/1', events: '/v1/jobs/backup/1/events', board: '/board' };
      response.end(JSON.stringify({ jobId: '1', queue: 'backup', state: 'waiting', links }));
    });
    const http = createHttp({ url: server.url, token: 's3cret', source: 'test' });
    const accepted = await http.send('POST', '/v1/backups', { body: { database: 'sage' }, shape: Accepted });
    expect(accepted.jobId).toBe('1');
    expect(seen).toEqual(['POST', '/v1/backups', 'Bearer s3cret', { database: 'sage' }]);
  });

  it('turns a problem document into the error that it is', async () => {
    await using server = await listen((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      const problem = { type: 'about:blank', title: 'Not found', status: 404, detail: 'no database "x"' };
      response.end(JSON.stringify({ ...problem, code: 'UNKNOWN_DATABASE', advice: 'configured: sage' }));
    });
    const http = createHttp({ url: server.url, token: null, source: 'test' });
    await expect(http.get('/v1/backups', nothing)).rejects.toMatchObject({
      code: 'UNKNOWN_DATABASE',
      message: 'no database "x"',
      advice: 'configured: sage',
      retryable: false,
    });
  });

  it('does not take a stranger for the API', async () => {
    await using server = await listen((_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    });
    const http = createHttp({ url: server.url, token: null, source: 'test' });
    await expect(http.get('/v1/status', nothing)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('says who did not answer and why, without the token', async () => {
    const http = createHttp({ url: 'http://127.0.0.1:1', token: 's3cret', source: '--api' });
    const failure = await http.get('/v1/status', nothing).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/http:\/\/127\.0\.0\.1:1 \(from --api\) does not answer/);
    expect(String(failure)).not.toContain('s3cret');
  });

  it('blames the versions when an answer is not understood', async () => {
    await using server = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"surprise":true}');
    });
    const http = createHttp({ url: server.url, token: null, source: 'test' });
    await expect(http.get('/v1/x', Accepted)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
