import { type PlanJobResult, PostPlan } from '@sagekeep/contracts';
import { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { carryOut } from '../follow/carryOut.ts';
import { planText } from '../format/plan.ts';
import { sourceBody, targetOf } from '../target.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

interface Options {
  readonly into?: string;
  readonly server?: string;
  readonly inPlace?: true;
  readonly withoutSafety?: true;
  readonly createRoles?: true;
  readonly trustFile?: true;
  readonly wait: boolean;
}

export function planVerb(tool: Tool): Command {
  return new Command('plan')
    .description('what a restore would do, without doing it; exit code 3 when it would be refused')
    .argument('<database>', 'the database, or a backup id alone')
    .argument('[source]', 'a backup id, latest (the newest proven), or a file below the storage')
    .option('--into <dbname>', 'another dbname on the same server')
    .option('--server <name>', 'another configured server')
    .option('--in-place', 'in place, where no second database can be created')
    .option('--without-safety', 'as if the restore took no backup of the present state')
    .option('--create-roles', 'as if the restore created roles that the server lacks')
    .option('--trust-file', 'as if the restore trusted a file without a manifest of ours')
    .option('--no-wait', 'enqueue it and return')
    .action(async (first: string, second: string | undefined, options: Options) => {
      tool.done(await plan(tool, [first, second], options));
    });
}

async function plan(tool: Tool, words: readonly [string, string?], options: Options) {
  const desk = await tool.desk();
  try {
    const { database, source } = await targetOf(desk, words);
    const { wait, ...flags } = options;
    const body = checkedBody(PostPlan, { database, ...sourceBody(source), ...flags });
    return await carryOut(tool, { desk, work: { job: 'plan', body } }, { job: 'plan', wait, tell: tellPlan });
  } finally {
    await desk.close();
  }
}

function tellPlan({ plan: made }: PlanJobResult) {
  return { text: planText(made), code: made.obstacles.length === 0 ? exitCodes.done : exitCodes.findings };
}
