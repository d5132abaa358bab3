import { PostPlan, PostRestore, type RestorePlan, SagekeepError } from '@sagekeep/contracts';
import { Command, Option } from 'commander';
import { confirmByName } from '../ask.ts';
import type { Desk } from '../desk.ts';
import { exitCodes } from '../exitCodes.ts';
import { carryOut } from '../follow/carryOut.ts';
import { planned } from '../follow/planned.ts';
import { planText } from '../format/plan.ts';
import { restoreDone } from '../format/restore.ts';
import { sourceBody, type Target, targetOf } from '../target.ts';
import type { Tool } from '../tool.ts';
import { isInteractive } from '../world.ts';
import { checkedBody } from './input.ts';

export interface RestoreOptions {
  readonly force?: true;
  readonly into?: string;
  readonly server?: string;
  readonly planHash?: string;
  readonly withoutSafety?: string;
  readonly inPlace?: true;
  readonly createRoles?: true;
  readonly trustFile?: true;
  readonly onMismatch?: string;
  readonly wait: boolean;
}

export function restoreVerb(tool: Tool): Command {
  return new Command('restore')
    .description('put a backup in place: built aside, proven, swapped in, undoable')
    .argument('<database>', 'the database, or a backup id alone')
    .argument('[source]', 'a backup id, latest (the newest proven), or a file below the storage')
    .option('-f, --force', 'without showing the plan and asking for the name')
    .option('--into <dbname>', 'another dbname on the same server; the live one stays as it is')
    .option('--server <name>', 'another configured server')
    .option('--plan-hash <hash>', 'only if the plan is still this one')
    .option(
      '--without-safety <name>',
      'take no backup of the present state; the name again, and it is recorded',
    )
    .option('--in-place', 'in place, where no second database can be created')
    .option('--create-roles', 'create roles that the backup refers to and the server lacks')
    .option('--trust-file', 'let a file without a manifest of ours do as its author likes; recorded')
    .addOption(
      new Option('--on-mismatch <what>', 'what becomes of a copy that is not equal').choices([
        'drop',
        'keep',
      ]),
    )
    .option('--no-wait', 'enqueue it and return')
    .action(async (first: string, second: string | undefined, options: RestoreOptions) => {
      tool.done(await restore(tool, [first, second], options));
    });
}

async function restore(tool: Tool, words: readonly [string, string?], options: RestoreOptions) {
  if (options.force !== true && !isInteractive(tool.world)) throw nobodyToAsk();
  const desk = await tool.desk();
  try {
    return await restoreTarget(tool, desk, { target: await targetOf(desk, words), options });
  } finally {
    await desk.close();
  }
}

/** The whole of a restore: plan and question unless forced, then the job. */
export async function restoreTarget(
  tool: Tool,
  desk: Desk,
  { target, options }: { target: Target; options: RestoreOptions },
) {
  const { force, wait, planHash, ...flags } = options;
  const name = options.into ?? target.database;
  const given = { database: target.database, ...sourceBody(target.source) };
  // Checked before the plan, which may take its time.
  const body = checkedBody(PostRestore, { ...given, ...flags, planHash, confirm: name });
  const hash = force ? planHash : ((await agreedPlan(tool, desk, { body, name })).planHash ?? planHash);
  const work = {
    job: 'restore',
    body: { ...body, ...(hash === undefined ? {} : { planHash: hash }) },
  } as const;
  return carryOut(
    tool,
    { desk, work },
    {
      job: 'restore',
      wait,
      tell: (result) => ({ text: restoreDone(result), code: exitCodes.done }),
    },
  );
}

/** Shows the plan and asks for the name; the restore then runs only while that very plan holds. */
async function agreedPlan(
  tool: Tool,
  desk: Desk,
  { body, name }: { body: PostRestore; name: string },
): Promise<RestorePlan> {
  const { database, backup, file, into, server, inPlace, createRoles, trustFile } = body;
  // Each flag lifts an obstacle, here as in the restore.
  const flags = { inPlace, createRoles, trustFile, withoutSafety: body.withoutSafety !== undefined };
  const plan = await planned(
    tool,
    desk,
    checkedBody(PostPlan, { database, backup, file, into, server, ...flags }),
  );
  tool.print().note(`${planText(plan)}\n`);
  if (plan.obstacles.length > 0) {
    throw new SagekeepError('RESTORE_REFUSED', 'This restore would be refused.', {
      advice: 'Remove the obstacles above first; nothing was started.',
    });
  }
  await confirmByName(tool.world, { question: `Type ${name} to restore it:`, name });
  return plan;
}

export function nobodyToAsk(): SagekeepError {
  return new SagekeepError(
    'INVALID_INPUT',
    'A restore asks for the name of the database, and there is no terminal.',
    {
      advice: 'Look at "sagekeep plan" first, then add -f to restore without the question.',
    },
  );
}
