import { type Finding, isAskedFor, type JobName, type Proof } from '@sagekeep/contracts';
import { toldByTargets } from '../monitor/targets.ts';
import type { Cause } from './cause.ts';
import type { Incidents } from './incidents.ts';

/** A job that will not be run again by itself. */
export interface EndedJob {
  readonly id: string;
  readonly name: JobName;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly advice?: string | undefined;
}

/** What ended jobs mean for incidents: a failure opens one, a later success resolves it. */
export interface JobObserver {
  /** Call it when the last attempt has failed. */
  failed(job: EndedJob, error: JobError): Promise<void>;
  completed(job: EndedJob, result: unknown): Promise<void>;
}

const nouns: Readonly<Record<JobName, string>> = {
  backup: 'backup',
  plan: 'plan',
  restore: 'restore',
  undo: 'undo',
  verify: 'verification',
  prove: 'proof',
  scrub: 'scrub',
  cleanup: 'cleanup',
  monitor: 'monitoring',
  deliver: 'delivery',
};

/** Raises and resolves the incidents of jobs; what a person asked for and reads the answer of changes none. */
export function createJobObserver({ raise, resolve }: Pick<Incidents, 'raise' | 'resolve'>): JobObserver {
  return {
    async failed(job, error) {
      const cause = failureOf(job, error);
      if (cause === null) return;
      const { payload, name } = job;
      await raise(cause, name === 'deliver' ? { except: String(payload['channel']) } : {});
    },
    async completed(job, result) {
      const success: Outcome[] = isAskedFor(job) ? [] : [{ gone: failureKey(job) }];
      await eachOf([...success, ...causesIn(job, result)], (outcome) =>
        'cause' in outcome ? raise(outcome.cause) : resolve(outcome.gone),
      );
    },
  };
}

/** One that cannot be noted keeps no other from being heard; the first such failure is thrown in the end. */
async function eachOf(
  outcomes: readonly Outcome[],
  note: (outcome: Outcome) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const outcome of outcomes) await note(outcome).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

function failureOf(job: EndedJob, error: JobError): Cause | null {
  if (isAskedFor(job) || error.code === 'CANCELLED') return null;
  const database = databaseOf(job);
  const of =
    job.name === 'deliver'
      ? ` to ${String(job.payload['channel'])}`
      : database === null
        ? ''
        : ` of ${database}`;
  return {
    key: failureKey(job),
    database,
    severity: 'fail',
    title: `The ${nouns[job.name]}${of} failed`,
    detail: `${error.code}: ${error.message}${error.advice === undefined ? '' : ` ${error.advice}`}`,
    advice: adviceFor(job, error),
  };
}

function adviceFor(job: EndedJob, { code }: JobError): string {
  if (job.name === 'deliver') return 'sagekeep alerts test';
  // Run again unchanged, it would be stopped again: a person looks at the plan, which names the command that lets it pass.
  if (code === 'CLEANUP_REFUSED')
    return ['sagekeep cleanup', databaseOf(job), '--dry-run'].filter(Boolean).join(' ');
  return `sagekeep retry ${job.id}`;
}

/** The key of the incident that the failure of a job opens. */
export function failureKey(job: Pick<EndedJob, 'name' | 'payload'>): string {
  const about = job.name === 'deliver' ? String(job.payload['channel']) : (databaseOf(job) ?? 'all');
  return `${job.name}-failed:${about}`;
}

function databaseOf({ payload }: Pick<EndedJob, 'payload'>): string | null {
  if (typeof payload['database'] === 'string') return payload['database'];
  const match = /^(.+)_backup_\d{8}_\d{6}(_\d+)?$/.exec(String(payload['backup'] ?? ''));
  return match?.[1] ?? null;
}

type Outcome = { readonly cause: Cause } | { readonly gone: string };

/** What a completed job has found. */
function causesIn(job: EndedJob, result: unknown): Outcome[] {
  const facts = (result ?? {}) as Record<string, unknown>;
  if (job.name === 'verify' || job.name === 'monitor') {
    const asked = job.name === 'verify' ? databaseOf(job) : null;
    return findingsOf(facts).flatMap((finding) => ofFinding(finding, asked));
  }
  if (job.name === 'prove') return ofProof(job, facts['proof'] as Proof | undefined);
  if (job.name === 'scrub' && Array.isArray(facts['damaged']))
    return facts['damaged'].map(String).map(ofDamage);
  return [];
}

function findingsOf({ findings }: Record<string, unknown>): Finding[] {
  return Array.isArray(findings) ? (findings as Finding[]) : [];
}

/**
 * The monitor job looks at databases, disks and queues: it puts the name of a database before the title, `sage: Database
 * answers`. Of a verification the database is known.
 */
function ofFinding(finding: Finding, payloadDatabase: string | null): Outcome[] {
  const match = /^([a-z0-9][a-z0-9_-]{0,40}): (.+)$/.exec(finding.title);
  const database = payloadDatabase ?? match?.[1] ?? null;
  const title = match?.[2] ?? finding.title;
  const key = `check:${database ?? 'all'}:${finding.id}`;
  if (toldByTargets.has(finding.id)) return [];
  if (finding.status === 'pass') return [{ gone: key }];
  if (finding.status === 'skip') return [];
  return [
    {
      cause: {
        key,
        database,
        severity: finding.status,
        title: `${database === null ? '' : `${database}: `}${title}`,
        detail: `${finding.value} (expected: ${finding.expected})`,
        advice: finding.advice === '' ? `sagekeep verify ${database ?? ''}`.trim() : finding.advice,
      },
    },
  ];
}

function ofProof(job: EndedJob, proof: Proof | undefined): Outcome[] {
  if (proof === undefined) return [];
  const database = databaseOf(job);
  const key = `proof:${database ?? 'all'}`;
  if (proof.result !== 'failed') return [{ gone: key }];
  // A drill is asked for by `latest`.
  const backup = proof.backup ?? String(job.payload['backup']);
  const detail =
    proof.error ?? `${proof.differences.length} differences between the backup and what came back`;
  const title = `${backup} did not come back whole`;
  return [{ cause: { key, database, severity: 'fail', title, detail, advice: `sagekeep show ${backup}` } }];
}

function ofDamage(backup: string): Outcome {
  const database = /^(.+)_backup_/.exec(backup)?.[1] ?? null;
  return {
    cause: {
      key: `damaged:${backup}`,
      database,
      severity: 'fail',
      title: `${backup} has damaged files`,
      detail: 'its files no longer match the digests in its manifest: something changed them on the disk',
      advice: `sagekeep backup ${database ?? ''}`.trim(),
    },
  };
}
