import type { CleanupAction, CleanupPayload, CleanupPlan, JobContext, Report } from '@sagekeep/contracts';
import { lateFacts } from '../report/index.ts';

export interface ReportFacts {
  readonly payload: CleanupPayload;
  readonly context: JobContext;
  readonly plan: CleanupPlan;
  readonly failed: boolean;
  readonly at: Date;
}

const fact = (name: string, value: string | number) => ({ name, value: `${value}` });

/** The report of a cleanup: what went, what stayed, and by which rule. */
export function cleanupReport({ payload, context, plan, failed, at }: ReportFacts): Report {
  const scope = payload.backup ?? payload.kept ?? payload.database ?? 'all databases';
  const count = (action: CleanupAction['action']) =>
    plan.plan.filter((line) => line.action === action).length;
  return {
    version: 1,
    id: context.jobId,
    kind: 'cleanup',
    database: payload.database ?? null,
    at: at.toISOString(),
    result: failed ? 'failed' : 'done',
    title: `${payload.dryRun ? 'Dry run of a cleanup' : 'Cleanup'}: ${scope}`,
    sections: [
      {
        title: 'Result',
        facts: [
          fact(payload.dryRun ? 'would delete' : 'deleted', count('delete')),
          fact('kept', count('keep')),
          fact(payload.dryRun ? 'would free bytes' : 'freed bytes', plan.freedBytes),
          fact('plan hash', plan.planHash),
          fact('asked for by', payload.by),
          ...lateFacts(context),
          ...(plan.refused === null ? [] : [fact('refused', plan.refused)]),
        ],
      },
      {
        title: 'Plan',
        facts: [],
        table: {
          columns: ['action', 'what', 'name', 'database', 'bytes', 'reason'],
          rows: plan.plan.map(({ action, subject, backup, database, bytes, reason }) => [
            action,
            subject,
            backup,
            database,
            `${bytes}`,
            reason,
          ]),
        },
      },
    ],
  };
}
