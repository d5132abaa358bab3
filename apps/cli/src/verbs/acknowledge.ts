import { WithReason } from '@sagekeep/contracts';
import { Command } from 'commander';
import { nothing } from '../client/http.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

export function acknowledgeVerb(tool: Tool): Command {
  return new Command('acknowledge')
    .description('say that you have looked at a suspect backup; retention goes on')
    .argument('<backup>', 'its id')
    .argument('[reason]', 'what you found')
    .option('--reason <text>', 'the same')
    .action(async (id: string, reason: string | undefined, options: { reason?: string }) => {
      tool.done(await acknowledge(tool, id, reason ?? options.reason));
    });
}

async function acknowledge(tool: Tool, id: string, reason: string | undefined) {
  const http = await tool.api();
  const body = checkedBody(WithReason, { reason });
  await http.send('POST', `/v1/backups/${encodeURIComponent(id)}/acknowledge`, { body, shape: nothing });
  tool.print().answer({ backup: id, acknowledged: true }, () => `${id} is acknowledged.`);
  return exitCodes.done;
}
