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

/** `/login` and `/logout`: the browser's way to a session. */
export function loginRoutes(app: Api, dependencies: ApiDependencies, guards: Guards): void {
  registerForms(app);
  const hidden = { hide: true };

  app.get(
    '/login',
    { schema: { ...hidden, querystring: z.object({ next: z.string().optional() }) } },
    (request, reply) => page(reply).send(loginPage({ next: localPath(request.query.next) })),
  );

  app.post('/login', { schema: { ...hidden, body: LoginForm } }, (request, reply) => {
    const { user, password, next } = request.body;
    const refuse = (status: number, problem: string) =>
      page(reply)
        .code(status)
        .send(loginPage({ next: localPath(next), problem }));
    if (!fromOurOwnPages(request)) return refuse(403, 'This form was sent by a page of another site.');
    const retryAfter = secondsToWait(guards, request.ip, user);
    if (retryAfter !== null) {
      reply.header('retry-after', retryAfter);
      return refuse(429, `Too many failed logins. Try again in ${retryAfter} seconds.`);
    }
    const login = guards.credentials.login(user, password);
    if (login === null) {
      guards.limiter.failed(request.ip, user);
      dependencies.log.warn({ audit: true, address: request.ip, requestId: request.id }, 'a login failed');
      return refuse(401, 'User or password is wrong.');
    }
    dependencies.log.info(
      { audit: true, who: login.user, address: request.ip, requestId: request.id },
      'logged in',
    );
    return reply
      .setCookie(sessionCookie, guards.sessions.open(login), cookieOptions(request, dependencies))
      .redirect(localPath(next), 303);
  });

  app.get('/logout', { schema: hidden }, (request, reply) => {
    const cookie = request.cookies[sessionCookie];
    if (cookie !== undefined) guards.sessions.close(cookie);
    return reply.clearCookie(sessionCookie, { path: '/' }).redirect('/login', 303);
  });
}

function page(reply: FastifyReply): FastifyReply {
  return reply.header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store');
}

/** A path on this very origin; anything that could lead elsewhere becomes the start page. */
export function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) ? next : '/';
}

function secondsToWait({ limiter }: Guards, address: string, user: string): number | null {
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
