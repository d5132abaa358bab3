import { Command } from 'commander';
import type { Desk } from '../desk.ts';
import { carryOut, verdictOf } from '../follow/carryOut.ts';
import { findingsText } from '../format/findings.ts';
import { databaseOf } from '../target.ts';
import type { Tool } from '../tool.ts';

interface Options {
  readonly quick?: true;
  readonly report?: true;
  readonly wait: boolean;
}

export function verifyVerb(tool: Tool): Command {
  return new Command('verify')
    .description('check a live database; exit code 3 when something is not in order')
    .argument('[database]', 'may be left out when there is only one')
    .option('--quick', 'only checks that read no user table')
    .option('--report', 'print the kept report')
    .option('--no-wait', 'enqueue it and return')
    .action(async (database: string | undefined, options: Options) => {
      tool.done(await verify(tool, database, options));
    });
}

/** Shared with the old script. */
export async function verify(tool: Tool, named: string | undefined, options: Options) {
  const desk = await tool.desk();
  try {
    const database = await databaseOf(desk, named);
    const body = { database, mode: options.quick ? 'quick' : 'full' } as const;
    return await carryOut(
      tool,
      { desk, work: { job: 'verify', body } },
      {
        job: 'verify',
        wait: options.wait,
        tell: async (result, job) => ({
          text: options.report ? await reportText(desk, job.id) : findingsText(result),
          code: verdictOf(result),
        }),
      },
    );
  } finally {
    await desk.close();
  }
}

async function reportText(desk: Desk, jobId: string): Promise<string> {
  return `${(await desk.report(jobId)).trimEnd()}\n\nKept as report ${jobId}.`;
}
