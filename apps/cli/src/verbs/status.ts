import { renderStatus } from '@sagekeep/watch';
import { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';

export function statusVerb(tool: Tool): Command {
  return new Command('status')
    .description('whether you may sleep (also without any verb); exit code 3 when not')
    .action(async () => {
      tool.done(await status(tool));
    });
}

export async function status(tool: Tool): Promise<ExitCode> {
  const desk = await tool.desk();
  try {
    const now = await desk.status();
    tool.print().answer(now, () => renderStatus(now));
    return now.level === 'ok' ? exitCodes.done : exitCodes.findings;
  } finally {
    await desk.close();
  }
}
