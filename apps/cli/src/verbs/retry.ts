import { Command } from 'commander';
import { startedOf } from '../client/desk.ts';
import { nothing } from '../client/http.ts';
import { findJob, jobPath } from '../client/jobs.ts';
import { tellAccepted } from '../follow/carryOut.ts';
import { followToEnd } from '../follow/followToEnd.ts';
import type { Tool } from '../tool.ts';

export function retryVerb(tool: Tool): Command {
  return new Command('retry')
    .description('run a failed job again, with its automatic retries')
    .argument('<job>', 'queue/id, or an id')
    .option('--no-wait', 'put it back and return')
    .action(async (reference: string, options: { wait: boolean }) => {
      tool.done(await retry(tool, reference, options.wait));
    });
}

async function retry(tool: Tool, reference: string, wait: boolean) {
  const http = await tool.api();
  const { id, queue } = await findJob(http, reference);
  await http.send('POST', `${jobPath({ queue, id })}/retry`, { shape: nothing });
  const lost = () => tool.print().note('The API does not answer; trying again …');
  const started = startedOf(http, { jobId: id, queue, state: 'waiting' }, lost);
  return wait ? followToEnd(tool, started) : tellAccepted(tool, started);
}
