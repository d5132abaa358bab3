import { isSagekeepError } from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Guards, sessionCookie } from '../auth/guard.ts';
import { fromOurOwnPages } from '../auth/origin.ts';
import { sessionMs } from '../auth/sessions.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { registerForms } from '../http/bodies.ts';
import { loginPage } from '../page/loginPage.ts';

const LoginForm = z.object({
  user: z.string().max(200).default(''),
  password: z.string().max(1000).default(''),
  next: z.string().max(2000).default('/'),
});

const hidden = { hide: true };

/** `/login` and `/logout`: the browser's way to a session. */
export function loginRoutes(app: Api, dependencies: ApiDependencies, guards: Guards): void {
  registerForms(app);
  const querystring = z.object({ next: z.string().optional() });
  app.get('/login', { schema: { ...hidden, querystring } }, (request, reply) =>
    page(reply).send(loginPage({ next: localPath(request.query.next) })),
  );
  app.post('/login', { schema: { ...hidden, body: LoginForm } }, (request, reply) => {
    const { user, next } = request.body;
    const outcome = logIn(request, dependencies, guards);
    if (typeof outcome === 'string') {
      return reply
        .setCookie(sessionCookie, outcome, cookieOptions(request, dependencies))
        .redirect(localPath(next), 303);
    }
    const retryAfter = outcome.status === 429 ? secondsToWait(guards, request.ip, user) : null;
    if (retryAfter !== null) reply.header('retry-after', retryAfter);
    return page(reply)
      .code(outcome.status)
      .send(loginPage({ next: localPath(next), problem: outcome.problem }));
  });
  app.get('/logout', { schema: hidden }, (request, reply) => {
    const cookie = request.cookies[sessionCookie];
    if (cookie !== undefined) guards.sessions.close(cookie);
    return reply.clearCookie(sessionCookie, { path: '/' }).redirect('/login', 303);
  });
}

interface Refused {
  readonly status: 401 | 403 | 429;
  readonly problem: string;
}

/** The session's cookie, or why there is none. */
function logIn(
  request: FastifyRequest<{ Body: z.infer<typeof LoginForm> }>,
  { log }: ApiDependencies,
  { credentials, limiter, sessions }: Guards,
): string | Refused {
  const { user, password } = request.body;
  const facts = { audit: true, address: request.ip, requestId: request.id };
  if (!fromOurOwnPages(request)) {
    return { status: 403, problem: 'This form was sent by a page of another site.' };
  }
  const seconds = secondsToWait({ limiter }, request.ip, user);
  if (seconds !== null) {
    return { status: 429, problem: `Too many failed logins. Try again in ${seconds} seconds.` };
  }
  const login = credentials.login(user, password);
  if (login === null) {
    limiter.failed(request.ip, user);
    log.warn(facts, 'a login failed');
    return { status: 401, problem: 'User or password is wrong.' };
  }
  log.info({ ...facts, who: login.user }, 'logged in');
  return sessions.open(login);
}

function page(reply: FastifyReply): FastifyReply {
  return reply.header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store');
}

/** A path on this very origin; anything that could lead elsewhere becomes the start page. */
export function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) ? next : '/';
}

function secondsToWait({ limiter }: Pick<Guards, 'limiter'>, address: string, user: string): number | null {
  try {
    limiter.assertAllowed(address, user);
    return null;
  } catch (error) {
    if (!isSagekeepError(error, 'TOO_MANY_ATTEMPTS')) throw error;
    return Number(error.facts['retryAfterSeconds']);
  }
}

function cookieOptions(request: FastifyRequest, { configuration }: ApiDependencies) {
  const secure = request.protocol === 'https' || configuration.http.publicUrl?.startsWith('https:') === true;
  return { path: '/', httpOnly: true, sameSite: 'strict' as const, secure, maxAge: sessionMs / 1000 };
}
