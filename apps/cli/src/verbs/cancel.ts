import { Command } from 'commander';
import { nothing } from '../client/http.ts';
import { findJob, jobPath } from '../client/jobs.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';

export function cancelVerb(tool: Tool): Command {
  return new Command('cancel')
    .description('end a job: one that waits or has failed is removed, one that runs is stopped where it runs')
    .argument('<job>', 'queue/id, or an id')
    .action(async (reference: string) => {
      tool.done(await cancel(tool, reference));
    });
}

async function cancel(tool: Tool, reference: string) {
  const http = await tool.api();
  const { id, queue, state } = await findJob(http, reference);
  await http.send('POST', `${jobPath({ queue, id })}/cancel`, { shape: nothing });
  tool
    .print()
    .answer({ jobId: id, queue, requested: 'cancel', was: state }, () =>
      state === 'active'
        ? `Job ${queue}/${id} was told to stop. It has stopped once "sagekeep jobs ${queue}/${id}" says failed.`
        : `Job ${queue}/${id} was ${state} and ${state === 'failed' ? 'is removed' : 'will not run'}.`,
    );
  return exitCodes.done;
}
