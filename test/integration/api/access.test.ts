import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, logins, startApi, type TestApi } from './harness.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('tokens', () => {
  it.each(['/v1/backups', '/v1/jobs', '/v1/status', '/metrics', '/board/api/queues'])(
    '%s needs one',
    async (url) => {
      const response = await api.app.inject({ url });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBe('Bearer realm="sagekeep"');
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(response.json()).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    },
  );

  it('refuses a wrong one', async () => {
    const headers = { authorization: 'Bearer wrong' };
    const response = await api.app.inject({ url: '/v1/backups', headers });
    expect(response.statusCode).toBe(401);
  });

  it('lets a viewer read', async () => {
    expect((await api.app.inject({ url: '/v1/backups', headers: asViewer })).statusCode).toBe(200);
  });

  it.each([
    ['POST', '/v1/backups'],
    ['POST', '/v1/restores'],
    ['POST', '/v1/jobs/backup/1/retry'],
    ['DELETE', '/v1/backups/x'],
    ['DELETE', '/v1/databases/sage'],
    ['PUT', '/board/api/queues/backup/1/retry'],
  ] as const)('a viewer who writes gets 403: %s %s', async (method, url) => {
    const response = await api.app.inject({ method, url, headers: asViewer, payload: {} });
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('leaves health, documentation and the login open', async () => {
    for (const url of ['/healthz', '/readyz', '/openapi.json', '/docs/', '/login']) {
      expect((await api.app.inject({ url })).statusCode, url).toBe(200);
    }
  });
});

describe('logins', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const logIn = (user: string, password: string, more: { remoteAddress?: string; next?: string } = {}) =>
    api.app.inject({
      method: 'POST',
      url: '/login',
      headers: form,
      payload: new URLSearchParams({ user, password, next: more.next ?? '/board' }).toString(),
      ...(more.remoteAddress !== undefined && { remoteAddress: more.remoteAddress }),
    });

  it('sends a browser to the login page', async () => {
    const response = await api.app.inject({ url: '/board', headers: { accept: 'text/html' } });
    expect(response.statusCode).toBe(302);
    expect(response.headers.location).toBe('/login?next=%2Fboard');
  });

  it('opens a session by a signed cookie and ends it for good', async () => {
    const response = await logIn(logins.operator.user, logins.operator.password);
    expect(response.statusCode).toBe(303);
    expect(response.headers.location).toBe('/board');
    const cookie = String(response.headers['set-cookie']);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    const headers = { cookie: cookie.split(';', 1)[0] ?? '' };
    expect((await api.app.inject({ url: '/v1/backups', headers })).statusCode).toBe(200);
    await api.app.inject({ url: '/logout', headers });
    expect((await api.app.inject({ url: '/v1/backups', headers })).statusCode).toBe(401);
  });

  it('lets a session expire', async () => {
    const { headers } = await logIn(logins.viewer.user, logins.viewer.password);
    const cookie = String(headers['set-cookie']).split(';', 1)[0] ?? '';
    expect((await api.app.inject({ url: '/v1/backups', headers: { cookie } })).statusCode).toBe(200);
    api.advance(13 * 3_600_000);
    expect((await api.app.inject({ url: '/v1/backups', headers: { cookie } })).statusCode).toBe(401);
  });

  it('never leads to another site', async () => {
    const { user, password } = logins.viewer;
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      expect((await logIn(user, password, { next })).headers.location).toBe('/');
    }
  });

  it('takes HTTP Basic from scripts, and from no foreign page', async () => {
    const headers = basic(logins.operator.user, logins.operator.password);
    expect((await api.app.inject({ url: '/v1/backups', headers })).statusCode).toBe(200);
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' };
    const response = await api.app.inject({
      method: 'POST',
      url: '/v1/cleanups',
      headers: foreign,
      payload: {},
    });
    expect(response.statusCode).toBe(403);
  });

  it('stops a guesser, even with the right password, and lets him in again later', async () => {
    const remoteAddress = '127.0.0.9';
    const { user, password } = logins.operator;
    for (let n = 0; n < 10; n += 1) {
      expect((await logIn(user, 'wrong', { remoteAddress })).statusCode).toBe(401);
    }
    const response = await logIn(user, password, { remoteAddress });
    expect(response.statusCode).toBe(429);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    const script = { url: '/v1/backups', headers: basic(user, password), remoteAddress };
    expect((await api.app.inject(script)).json()).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', status: 429 });
    expect((await logIn(user, password)).statusCode).toBe(303);
    api.advance(5 * 60_000);
    expect((await logIn(user, password, { remoteAddress })).statusCode).toBe(303);
  });
});

describe('what is logged', () => {
  it('tells who wrote what, and no secret', async () => {
    const payload = { database: 'sage' };
    const response = await api.app.inject({
      method: 'POST',
      url: '/v1/backups',
      headers: asOperator,
      payload,
    });
    const { jobId } = response.json<{ jobId: string }>();
    const audit = api.logged.map((line) => JSON.parse(line)).find((line) => line.jobId === jobId);
    expect(audit).toMatchObject({ audit: true, who: 'operator', what: 'add backup', queue: 'backup' });
    const all = api.logged.join('\n');
    for (const secret of [asOperator.authorization, logins.operator.password])
      expect(all).not.toContain(secret);
  });
});
