import { type CleanupJobResult, PostCleanup } from '@sagekeep/contracts';
import { byteSize, plainLine } from '@sagekeep/watch';
import { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { carryOut } from '../follow/carryOut.ts';
import { table } from '../format/table.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

interface Options {
  readonly dryRun?: true;
  readonly planHash?: string;
  readonly kept?: string;
  readonly wait: boolean;
}

export function cleanupVerb(tool: Tool): Command {
  return new Command('cleanup')
    .description('delete what retention no longer keeps, and leftovers; says why of each')
    .argument('[database]', 'only this database')
    .option('--dry-run', 'only show the plan')
    .option('--plan-hash <hash>', 'carry out exactly the plan of that dry run')
    .option('--kept <name>', 'drop this kept database of a restore now')
    .option('--no-wait', 'enqueue it and return')
    .action(async (database: string | undefined, options: Options) => {
      tool.done(await cleanup(tool, database, options));
    });
}

async function cleanup(tool: Tool, database: string | undefined, options: Options) {
  const desk = await tool.desk();
  try {
    const { dryRun, planHash, kept, wait } = options;
    const body = checkedBody(PostCleanup, { database, dryRun, planHash, kept });
    const command = ['sagekeep cleanup', database, desk.kind === 'offline' ? '--offline' : undefined];
    const tell = (result: CleanupJobResult) => ({
      text: cleanupText(result, command.filter((word) => word !== undefined).join(' ')),
      code: result.refused === null || result.dryRun ? exitCodes.done : exitCodes.findings,
    });
    return await carryOut(tool, { desk, work: { job: 'cleanup', body } }, { job: 'cleanup', wait, tell });
  } finally {
    await desk.close();
  }
}

/** The plan line by line, what it freed or would free, and, where it needs the plan's hash, the command that gives it. */
function cleanupText(result: CleanupJobResult, command: string): string {
  const { plan, freedBytes, planHash, dryRun, refused } = result;
  const rows = plan.map((line) => [
    line.action,
    line.subject,
    plainLine(line.backup),
    line.bytes === 0 ? '' : byteSize(line.bytes),
    plainLine(line.reason),
  ]);
  const columns = ['ACTION', 'WHAT', 'NAME', 'SIZE', 'WHY'] as const;
  const deleted = plan.filter((line) => line.action === 'delete').length;
  const summary = dryRun
    ? `A dry run: nothing was deleted. It would delete ${deleted} and free ${byteSize(freedBytes)}.\nPlan ${planHash}`
    : `Deleted ${deleted}, freed ${byteSize(freedBytes)}.`;
  return [
    ...(rows.length === 0 ? ['There is nothing to look after.'] : [table(columns, rows)]),
    summary,
    ...(refused === null ? [] : [refusalText(refused, `${command} --plan-hash ${planHash}`)]),
  ].join('\n\n');
}

function refusalText(refused: string, command: string): string {
  return `Only with the hash of this plan: ${plainLine(refused)}.\nIf that is what you want: ${command}`;
}
