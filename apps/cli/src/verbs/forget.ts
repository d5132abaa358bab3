import { Command } from 'commander';
import { nothing } from '../client/http.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';

export function forgetVerb(tool: Tool): Command {
  return new Command('forget')
    .description('forget a database whose labelled container is gone for good; its backups stay')
    .argument('<database>', 'its name')
    .action(async (name: string) => {
      tool.done(await forget(tool, name));
    });
}

async function forget(tool: Tool, name: string) {
  const http = await tool.api();
  await http.send('DELETE', `/v1/databases/${encodeURIComponent(name)}`, { shape: nothing });
  tool.print().answer({ database: name, forgotten: true }, () => `${name} is forgotten; its backups stay.`);
  return exitCodes.done;
}
