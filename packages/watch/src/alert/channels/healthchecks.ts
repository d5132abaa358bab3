import { createHash } from 'node:crypto';
import type { ChannelConfig } from '@sagekeep/contracts';
import type { Send } from '../channel.ts';
import { post } from '../post.ts';

type Healthchecks = Extract<ChannelConfig, { kind: 'healthchecks' }>;

/** What healthchecks.io is told of one run. */
export interface Run {
  readonly event: 'start' | 'success' | 'fail';
  /** The same for all pings of one run. */
  readonly jobId: string;
  readonly database: string;
  /** The story of the run: shown beside the ping. */
  readonly log: string;
}

/** healthchecks.io keeps the first 100 kB of a ping's body. */
const maxLog = 100_000;

/**
 * Pings a check of healthchecks.io (or a server like it) for a run: start, success, fail, with run id and log. `{database}`
 * in the URL stands for the database, so that each may have a check of its own.
 */
export function pingRun(channel: Healthchecks, run: Run, signal: AbortSignal): Promise<string> {
  const ending = { start: '/start', success: '', fail: '/fail' }[run.event];
  const url = endpointOf(checkOf(channel, run.database), ending);
  url.searchParams.set('rid', runId(run.jobId));
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'sagekeep' };
  return post({ channel: channel.name, url: url.href, body: run.log.slice(0, maxLog), headers, signal });
}

/** Incidents are failures of the check; their end is left to the next successful run. */
export function createHealthchecks(channel: Healthchecks): Send {
  return (message, signal) => {
    const event = message.severity === 'fail' ? '/fail' : '/log';
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'sagekeep' };
    return post({
      channel: channel.name,
      url: endpointOf(checkOf(channel, message.database ?? ofNoDatabase), event).href,
      body: message.text.slice(0, maxLog),
      headers,
      signal,
    });
  };
}

/** The check that hears of what is about no database, where each has one of its own. */
export const ofNoDatabase = 'all';

/** The URL of a database's check. */
export function checkOf({ url }: Healthchecks, database: string): string {
  return url.replaceAll('{database}', encodeURIComponent(database));
}

/** The URL of the check with an ending of its path; a query stays, for it says how a check is made. */
function endpointOf(check: string, ending: string): URL {
  const url = new URL(check);
  url.pathname = url.pathname.replace(/\/+$/, '') + ending;
  return url;
}

/** Run ids have the form of a UUID. */
export function runId(jobId: string): string {
  const hex = createHash('sha256').update(jobId).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
