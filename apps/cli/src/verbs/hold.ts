import { SagekeepError, WithReason } from '@sagekeep/contracts';
import { Command } from 'commander';
import { nothing } from '../client/http.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

interface Options {
  readonly reason?: string;
  readonly release?: true;
}

export function holdVerb(tool: Tool): Command {
  return new Command('hold')
    .description('keep a backup from retention until the hold is taken back')
    .argument('<backup>', 'its id')
    .argument('[reason]', 'why; needed unless --release')
    .option('--reason <text>', 'the same')
    .option('--release', 'take the hold back')
    .action(async (id: string, reason: string | undefined, options: Options) => {
      tool.done(
        await hold(tool, { id, reason: reason ?? options.reason, release: options.release === true }),
      );
    });
}

async function hold(
  tool: Tool,
  { id, reason, release }: { id: string; reason: string | undefined; release: boolean },
) {
  if (release === (reason !== undefined)) {
    throw new SagekeepError('INVALID_INPUT', 'Give either a reason or --release.', {
      advice: `sagekeep hold ${id} "before the migration"`,
    });
  }
  const http = await tool.api();
  const path = `/v1/backups/${encodeURIComponent(id)}/hold`;
  if (release) await http.send('DELETE', path, { shape: nothing });
  else await http.send('PUT', path, { body: checkedBody(WithReason, { reason }), shape: nothing });
  const text = release ? `${id} is held no longer.` : `${id} is held.`;
  tool.print().answer({ backup: id, held: !release }, () => text);
  return exitCodes.done;
}
