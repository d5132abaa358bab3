import { randomUUID } from 'node:crypto';
import { type JobName, type JobPayload, jobCatalogue, SagekeepError } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import type { AddOptions } from '../jobs.ts';
import { plannedRun } from '../schedules/runIds.ts';
import type { QueueClient } from './client.ts';
import { readJoined, rememberJoined } from './joined.ts';
import { jobOptions } from './options.ts';
import { contentOf, keyedJobId, sameBackupIn } from './sameRequest.ts';

/** A job as it is to be added. */
interface Request {
  readonly name: JobName;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly keyed: boolean;
  readonly delayMs: number | undefined;
  /** Equal for requests that one waiting job serves; null where each gets its own. */
  readonly sameness: string | null;
}

export interface Added {
  readonly job: Job;
  /**
   * Throws `CONFLICT` when what is stored under the job's id is another request's. To be asked of what is read back:
   * BullMQ answers a doubled id with an object made of the new data.
   */
  check(stored: unknown): void;
}

/** Adds a job, or finds the one that already does what is asked for. Resolves with the job that will run. */
export async function addJob<N extends JobName>(
  client: QueueClient,
  name: N,
  about: { payload: JobPayload<N>; options: AddOptions },
): Promise<Added> {
  const request = requestOf(client, name, about);
  const known = request.keyed ? await knownByKey(client, request) : null;
  const job = known ?? (await addOrJoin(client, request));
  const own = request.keyed && job.id === request.id;
  return {
    job,
    check(stored) {
      if (own && contentOf(stored) !== contentOf(request.payload)) throw otherContent(job.id);
    },
  };
}

function requestOf(
  client: QueueClient,
  name: JobName,
  { payload: given, options }: { payload: unknown; options: AddOptions },
): Request {
  const parsed = jobCatalogue[name].payload.safeParse(given);
  if (!parsed.success) throw invalidPayload(name, parsed.error.issues);
  const payload = parsed.data as Record<string, unknown>;
  const by = typeof payload['by'] === 'string' ? payload['by'] : '';
  const key = options.idempotencyKey;
  const joinable = name === 'backup' && options.delayMs === undefined;
  return {
    name,
    payload,
    id: key === undefined ? `${name}-${randomUUID()}` : keyedJobId(name, by, key),
    keyed: key !== undefined,
    delayMs: options.delayMs,
    sameness: joinable ? sameBackupIn(payload, client.formats) : null,
  };
}

function invalidPayload(
  name: JobName,
  issues: readonly { path: PropertyKey[]; message: string }[],
): SagekeepError {
  const errors = issues.map((issue) => ({ field: issue.path.map(String).join('.'), message: issue.message }));
  const first = errors[0];
  return new SagekeepError(
    'INVALID_INPUT',
    `The ${name} job was not accepted: ${first === undefined ? 'bad payload' : `${first.field || 'payload'}: ${first.message}`}.`,
    { advice: 'Correct the named fields and send it again.', facts: { errors } },
  );
}

async function knownByKey(client: QueueClient, request: Request): Promise<Job | null> {
  const { queue: name } = jobCatalogue[request.name];
  const joined = await readJoined(client, request.id);
  const job = await client.queue(name).getJob(joined?.jobId ?? request.id);
  if (job === undefined) return null;
  const content = joined === null ? contentOf(job.data) : joined.content;
  if (content !== contentOf(request.payload)) throw otherContent(job.id);
  return job;
}

function otherContent(jobId: string | undefined): SagekeepError {
  return new SagekeepError('CONFLICT', 'This Idempotency-Key was used before, for another request.', {
    advice: 'Use a new key for a new request.',
    facts: { jobId },
  });
}

async function addOrJoin(client: QueueClient, request: Request): Promise<Job> {
  const queue = client.queue(jobCatalogue[request.name].queue);
  const twin = request.sameness === null ? null : await waitingTwin(client, request.sameness);
  if (twin !== null) return remembered(client, request, twin);
  const job = await queue.add(request.name, request.payload, {
    ...jobOptions(request.name),
    jobId: request.id,
    ...(request.delayMs === undefined ? {} : { delay: request.delayMs }),
    ...(request.sameness === null ? {} : { deduplication: { id: request.sameness } }),
  });
  if (job.id === request.id) return job;
  return joinOrReplace(client, request, job.id ?? '');
}

/** A backup that is already running is not joined: its snapshot may be older than this request. */
async function joinOrReplace(client: QueueClient, request: Request, id: string): Promise<Job> {
  const queue = client.queue(jobCatalogue[request.name].queue);
  const job = await queue.getJob(id);
  if (job !== undefined && (await stillWaits(job))) return remembered(client, request, job);
  if (job?.deduplicationId !== undefined) await job.removeDeduplicationKey();
  return addOrJoin(client, request);
}

async function stillWaits(job: Job): Promise<boolean> {
  return ['waiting', 'prioritized', 'delayed'].includes(await job.getState());
}

/** A waiting backup made by a schedule: BullMQ gives those no deduplication of their own. */
async function waitingTwin(client: QueueClient, sameness: string): Promise<Job | null> {
  const queue = client.queue('backup');
  const ids = await queue.getRanges(['waiting', 'prioritized'], 0, 199);
  for (const id of ids) {
    if (plannedRun(id) === null) continue;
    const job = await queue.getJob(id);
    if (job === undefined || sameBackupIn(job.data, client.formats) !== sameness) continue;
    if (await stillWaits(job)) return job;
  }
  return null;
}

async function remembered(client: QueueClient, request: Request, job: Job): Promise<Job> {
  if (request.keyed)
    await rememberJoined(client, request.id, { jobId: job.id ?? '', content: contentOf(request.payload) });
  return job;
}
