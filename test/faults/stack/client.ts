import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Accepted, type Backup, BackupPage, JobView, pageOf } from '@sagekeep/contracts';
import { waitFor } from '../../support/events.ts';
import { secrets, type WholeStack } from './stack.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks the API as an operator; `body` makes it a POST unless `method` says otherwise. */
export async function ask(stack: WholeStack, path: string, body?: object, method?: string): Promise<Answer> {
  const answer = await fetch(stack.address() + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { authorization: `Bearer ${secrets.operator}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Starts a job; an API that has not met its Redis yet is asked again. Returns the job's path. */
export async function begin(stack: WholeStack, path: string, body: object): Promise<string> {
  const { status, text } = await waitFor(
    async () => {
      const answer = await ask(stack, path, body);
      return answer.status !== 503 && answer;
    },
    { what: 'the API to have its Redis' },
  );
  if (status !== 202) throw new Error(`${path}: ${status} ${text}`);
  return Accepted.parse(JSON.parse(text)).links.job;
}

/** The job once it is completed or failed; outages on the way are sat out. */
export async function ended(stack: WholeStack, job: string): Promise<JobView> {
  let last = '';
  const look = async () => {
    const answer = await ask(stack, job).catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    last = answer.text;
    const view = JobView.parse(JSON.parse(answer.text));
    return ['completed', 'failed'].includes(view.state) ? view : undefined;
  };
  return await waitFor(look, { what: `${job} to end`, withinMs: 120_000 }).catch((cause: unknown) => {
    throw new Error(`${job} has not ended: ${last}\n${stack.lines().slice(-20).join('\n')}`, { cause });
  });
}

/** Waits until no proof is under way or due: each backup is followed by one, which runs tools of its own. */
export async function proofsEnded(stack: WholeStack): Promise<void> {
  const ended = async () => {
    const { status, text } = await ask(stack, '/v1/jobs?queue=verify&limit=200');
    if (status !== 200) return false;
    const { items } = pageOf(JobView).parse(JSON.parse(text));
    return items.every(({ state }) => ['completed', 'failed'].includes(state));
  };
  await waitFor(ended, { what: 'the proofs to end', withinMs: 120_000 });
}

/** All that is listed. Throws when something damaged is, or a file that is not what its manifest says. */
export async function wholeBackups(stack: WholeStack): Promise<Backup[]> {
  const { text } = await ask(stack, '/v1/backups?limit=200');
  const page = BackupPage.parse(JSON.parse(text));
  if (page.damaged.length > 0) throw new Error(`listed as damaged: ${JSON.stringify(page.damaged)}`);
  for (const { manifest } of page.items) {
    for (const { name, sha256 } of manifest.files) {
      const hash = createHash('sha256');
      const path = join(stack.folder, 'backups', manifest.database, manifest.id, name);
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
      if (hash.digest('hex') !== sha256) throw new Error(`${path} is listed and damaged`);
    }
  }
  return page.items;
}
