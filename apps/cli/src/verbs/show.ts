import { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { backupText } from '../format/backup.ts';
import type { Tool } from '../tool.ts';

export function showVerb(tool: Tool): Command {
  return new Command('show')
    .description('everything that is known about one backup')
    .argument('<backup>', 'its id')
    .action(async (id: string) => {
      tool.done(await show(tool, id));
    });
}

async function show(tool: Tool, id: string) {
  const desk = await tool.desk();
  try {
    const backup = await desk.backup(id);
    const reader = { timeZone: tool.world.timeZone, now: tool.world.now() };
    tool.print().answer(backup, () => backupText(backup, reader));
    return exitCodes.done;
  } finally {
    await desk.close();
  }
}
