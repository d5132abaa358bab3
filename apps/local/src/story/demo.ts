import { PlanJobResult, RestoreJobResult, type Stack } from '@sagekeep/contracts';
import type { LocalStack } from '../stack/start.ts';
import { count, damage } from './damage.ts';
import { backUp, prove } from './firstBackup.ts';
import { resultOf, runJob, type StoryTools } from './follow.ts';
import { duration } from './units.ts';

/** The whole promise once, ending by itself. The lines of the summary are what was measured on the way. */
export async function tellStory(tools: StoryTools, local: LocalStack): Promise<string[]> {
  const [database = 'sage'] = local.databases;
  tools.say('1. A backup: two formats of one snapshot');
  const { manifest } = await backUp(tools, database, 'demo');
  tools.say('2. Its proof: restored aside, every row compared');
  const result = await prove(tools, manifest.id);
  const summary = [`backup ${manifest.id}: ${result}`];
  if (!local.sample) {
    tools.say('The rest of the story damages data: it is told with the sample database only.');
    return summary;
  }
  return [...summary, ...(await loseAndRecover(tools, local.stack, { database, backup: manifest.id }))];
}

interface About {
  readonly database: string;
  readonly backup: string;
}

async function loseAndRecover(
  tools: StoryTools,
  stack: Stack,
  { database, backup }: About,
): Promise<string[]> {
  const url = stack.databases[database] ?? '';
  const before = await count(url);
  tools.say(`3. A bad day: of ${before.memories} memories half are deleted, the rest overwritten`);
  await damage(url);
  const damaged = await count(url);
  tools.say(`  left: ${damaged.memories}`);
  tools.say('4. The plan of the restore, before anything is touched');
  const planHash = await plan(tools, { database, backup });
  tools.say('5. The restore: built aside, proven, swapped in');
  const restored = resultOf(
    RestoreJobResult,
    await runJob(tools, '/v1/restores', { database, backup, planHash, confirm: database }),
  );
  const after = await count(url);
  tools.say(`  back: ${after.memories} memories; clients waited ${duration(restored.downtimeMs ?? 0)}`);
  tools.say('6. Undo: what was there before the restore comes back');
  await runJob(tools, `/v1/restores/${restored.restore}/undo`, { confirm: database });
  const undone = await count(url);
  tools.say(`  as it was: ${undone.memories} memories. And once more the good ones:`);
  const again = resultOf(
    RestoreJobResult,
    await runJob(tools, '/v1/restores', { database, backup, confirm: database }),
  );
  const last = await count(url);
  if (last.memories !== before.memories)
    throw new Error(`${last.memories} of ${before.memories} memories came back`);
  return [
    `damaged: ${before.memories} → ${damaged.memories} memories; restored: ${after.memories}; undone: ${undone.memories}; restored again: ${last.memories}`,
    `downtime of the two swaps: ${duration(restored.downtimeMs ?? 0)}, ${duration(again.downtimeMs ?? 0)}`,
  ];
}

async function plan(tools: StoryTools, about: About): Promise<string> {
  const { plan } = resultOf(PlanJobResult, await runJob(tools, '/v1/plans', about));
  for (const table of plan.tables) {
    tools.say(`  ${table.name}: ${table.rowsNow ?? 'none'} rows now, ${table.rowsThen ?? 'none'} then`);
  }
  return plan.planHash;
}
