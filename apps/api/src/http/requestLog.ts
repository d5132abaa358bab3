import type { Log } from '@sagekeep/contracts';
import { actorOf } from '../auth/identity.ts';
import type { Api } from '../dependencies.ts';

/** One line per answered request: no header, no body and no query, so nothing secret. Probes are not worth a line. */
export function registerRequestLog(app: Api, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown route';
    if (route !== '/healthz' && route !== '/readyz') {
      const facts = {
        requestId: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        who: actorOf(request),
        address: request.ip,
        ms: Math.round(reply.elapsedTime),
      };
      log.debug(facts, 'answered');
    }
    done();
  });
}
