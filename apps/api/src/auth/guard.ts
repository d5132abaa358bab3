import { SagekeepError } from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials } from './credentials.ts';
import type { Identity } from './identity.ts';
import type { LoginLimiter } from './limiter.ts';
import { fromOurOwnPages } from './origin.ts';
import type { Sessions } from './sessions.ts';

export const sessionCookie = 'sagekeep_session';

export interface Guards {
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly limiter: LoginLimiter;
}

/**
 * The hook in front of everything that is not open: 401 without a valid token, login or session, 403 for a viewer
 * who writes and for a write that a foreign page makes with a browser's credentials.
 * A browser that asks for a page is sent to the login instead.
 */
export function createGuard(guards: Guards) {
  return async function guard(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> {
    const identity = identify(request, guards);
    if (identity === null) {
      if (wantsPage(request)) return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`);
      throw unauthenticated(request);
    }
    request.identity = identity;
    if (!isRead(request)) assertMayWrite(request, identity);
    return undefined;
  };
}

function identify(request: FastifyRequest, guards: Guards): Identity | null {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return guards.credentials.token(value);
  if (scheme.toLowerCase() === 'basic') return identifyBasic(request, value, guards);
  const cookie = request.cookies[sessionCookie];
  return cookie === undefined ? null : guards.sessions.identify(cookie);
}

function identifyBasic(request: FastifyRequest, value: string, guards: Guards): Identity | null {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const user = text.slice(0, Math.max(colon, 0));
  guards.limiter.assertAllowed(request.ip, user);
  const login = colon < 0 ? null : guards.credentials.login(user, text.slice(colon + 1));
  if (login === null) guards.limiter.failed(request.ip, user);
  return login === null ? null : { name: login.user, role: login.role, by: 'basic' };
}

function assertMayWrite(request: FastifyRequest, identity: Identity): void {
  if (identity.role !== 'operator') {
    throw new SagekeepError('FORBIDDEN', `${identity.name} is a viewer and may only read`, {
      advice: 'use the token or login of an operator',
    });
  }
  if (identity.by !== 'token' && !fromOurOwnPages(request)) {
    throw new SagekeepError('FORBIDDEN', 'this request was made by a page of another site');
  }
}

function unauthenticated(request: FastifyRequest): SagekeepError {
  const given = request.headers.authorization !== undefined || request.cookies[sessionCookie] !== undefined;
  const message = given ? 'the token or login is not valid' : 'a token or login is needed';
  return new SagekeepError('UNAUTHENTICATED', message, {
    advice: 'send "Authorization: Bearer <token>", or log in at /login',
  });
}

function isRead(request: FastifyRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function wantsPage(request: FastifyRequest): boolean {
  const accepts = request.headers.accept ?? '';
  return (
    request.method === 'GET' && request.headers.authorization === undefined && accepts.includes('text/html')
  );
}
