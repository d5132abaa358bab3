import { JobState, JobView, pageOf, QueueName } from '@sagekeep/contracts';
import { Command, Option } from 'commander';
import { startedOf } from '../client/desk.ts';
import type { Http } from '../client/http.ts';
import { findJob } from '../client/jobs.ts';
import { everyPage } from '../client/pages.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { followToEnd } from '../follow/followToEnd.ts';
import { jobList, jobText } from '../format/jobs.ts';
import type { Tool } from '../tool.ts';

interface Options {
  readonly queue?: string;
  readonly state?: string;
  readonly limit: string;
  readonly follow?: true;
}

const JobPage = pageOf(JobView);

export function jobsVerb(tool: Tool): Command {
  return new Command('jobs')
    .description('the jobs, newest first; or one job with its story')
    .argument('[job]', 'queue/id, or an id')
    .addOption(new Option('--queue <name>', 'only this queue').choices(QueueName.options))
    .addOption(new Option('--state <state>', 'only this state').choices(JobState.options))
    .option('--limit <count>', 'at most so many', '20')
    .option('--follow', 'watch the job until it ends')
    .action(async (reference: string | undefined, options: Options) => {
      tool.done(await jobs(tool, reference, options));
    });
}

async function jobs(tool: Tool, reference: string | undefined, options: Options): Promise<ExitCode> {
  const http = await tool.api();
  if (reference === undefined) return list(tool, http, options);
  const job = await findJob(http, reference);
  if (options.follow) {
    const lost = () => tool.print().note('The API does not answer; trying again …');
    return followToEnd(tool, startedOf(http, { jobId: job.id, queue: job.queue, state: job.state }, lost));
  }
  tool.print().answer(job, () => jobText(job, readerOf(tool)));
  return exitCodes.done;
}

async function list(tool: Tool, http: Http, { queue, state, limit }: Options): Promise<ExitCode> {
  const wanted = Math.max(1, Number.parseInt(limit, 10) || 20);
  const query = { queue, state, limit: Math.min(wanted, 100) };
  const page = await everyPage(http, '/v1/jobs', { shape: JobPage, query, limit: wanted });
  tool.print().answer({ items: page.items }, () => jobList(page.items, readerOf(tool)));
  return exitCodes.done;
}

function readerOf(tool: Tool) {
  return { timeZone: tool.world.timeZone, now: tool.world.now() };
}
