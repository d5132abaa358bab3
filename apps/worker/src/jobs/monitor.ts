import type { Finding, FindingStatus } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

const order: readonly FindingStatus[] = ['skip', 'pass', 'warn', 'fail'];

/** Looks at everything that the hourly look covers: the quick checks of every configured database. */
export function createMonitorJob({
  engine,
  configuration,
  incidents,
}: WorkerDependencies): JobHandler<'monitor'> {
  return async (payload, context) => {
    const findings: Finding[] = [];
    for (const { name } of configuration.databases) {
      if (payload.database !== undefined && payload.database !== name) continue;
      const verified = await engine.verify({ database: name, mode: 'quick', by: context.actor }, context);
      findings.push(
        ...verified.findings.map((finding) => ({ ...finding, title: `${name}: ${finding.title}` })),
      );
    }
    await incidents.tend();
    return { status: worst(findings), findings };
  };
}

function worst(findings: readonly Finding[]): FindingStatus {
  const worstIndex = Math.max(1, ...findings.map(({ status }) => order.indexOf(status)));
  return order[worstIndex] ?? 'fail';
}
