import { Accepted, Backup, BackupPage, JobView, pageOf, type QueueName } from '@sagekeep/contracts';
import { waitFor } from '../../support/events.ts';
import type { ComposeStack } from './stack.ts';

/** The composed API, asked as its users ask it. */
export interface ApiClient {
  /** Throws when the answer is no 2xx. */
  ask(method: string, path: string, body?: object): Promise<unknown>;
  status(path: string): Promise<number>;
  /** Starts a job by a POST and returns its path. */
  start(path: string, body: object): Promise<string>;
  /** The job at that path once it is completed or failed; outages of the API on the way are sat out. */
  ended(job: string): Promise<JobView>;
  backups(): Promise<Backup[]>;
  /** Resolves when no job of the queue runs or waits for a worker; one that is planned for later may be there. */
  idle(queue: QueueName): Promise<void>;
}

export function createApiClient({ api, token }: Pick<ComposeStack, 'api' | 'token'>): ApiClient {
  const send = (method: string, path: string, body?: object) =>
    fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  const ask: ApiClient['ask'] = async (method, path, body) => {
    const answer = await send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const view = (job: string) =>
    ask('GET', job).then(
      (answer) => JobView.parse(answer),
      () => undefined,
    );
  return {
    ask,
    status: async (path) => (await send('GET', path)).status,
    async start(path, body) {
      const { queue, jobId } = Accepted.parse(await ask('POST', path, body));
      return `/v1/jobs/${queue}/${jobId}`;
    },
    async ended(job) {
      let last: JobView | undefined;
      const seen = async () => {
        last = (await view(job)) ?? last;
        return last !== undefined && ['completed', 'failed'].includes(last.state) ? last : undefined;
      };
      return await waitFor(seen, { what: `${job} to end`, withinMs: 300_000 }).catch((cause: unknown) => {
        throw new Error(`${job} has not ended: ${JSON.stringify(last)}`, { cause });
      });
    },
    async backups() {
      const { items } = BackupPage.parse(await ask('GET', '/v1/backups?database=sage'));
      return items.map((item) => Backup.parse(item));
    },
    async idle(queue) {
      // In the order in which a job goes through them, so that one that moves meanwhile is met.
      const none = async () => {
        for (const state of ['waiting', 'prioritized', 'active']) {
          const page = await ask('GET', `/v1/jobs?queue=${queue}&state=${state}`);
          if (pageOf(JobView).parse(page).items.length > 0) return false;
        }
        return true;
      };
      await waitFor(none, { what: `the queue ${queue} to be idle`, withinMs: 180_000 });
    },
  };
}
