import type { Api, ApiDependencies } from '../dependencies.ts';
import { readFailures, readLook, readPhases, readSuccesses } from '../status/metricFacts.ts';
import { metricsOf } from '../status/metrics.ts';
import { readStatus } from '../status/readStatus.ts';

/** `GET /metrics`: the status in Prometheus' text form, with a viewer's token. */
export function metricsRoutes(app: Api, dependencies: ApiDependencies): void {
  app.get(
    '/metrics',
    { schema: { tags: ['status'], summary: 'Metrics in Prometheus’ text form', produces: ['text/plain'] } },
    async (_request, reply) => {
      const [status, failures, successes, phases, look] = await Promise.all([
        readStatus(dependencies),
        readFailures(dependencies),
        readSuccesses(dependencies),
        readPhases(dependencies),
        readLook(dependencies),
      ]);
      const text = await metricsOf({
        status,
        failures,
        successes,
        phases,
        look,
        toolVersion: dependencies.toolVersion,
      });
      return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(text);
    },
  );
}
