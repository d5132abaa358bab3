import { SagekeepError } from '@sagekeep/contracts';
import { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { backupList, tableHistory, tableIn } from '../format/backups.ts';
import type { Tool } from '../tool.ts';

interface Options {
  readonly proven?: true;
  readonly table?: string;
}

export function listVerb(tool: Tool): Command {
  return new Command('list')
    .description('the backups that there are, and what only looks like one')
    .argument('[database]', 'only those of this database')
    .option('--proven', 'only proven ones')
    .option('--table <name>', 'the rows of this table in every backup')
    .action(async (database: string | undefined, options: Options) => {
      tool.done(await list(tool, database, options));
    });
}

async function list(tool: Tool, database: string | undefined, { proven, table }: Options) {
  const desk = await tool.desk();
  try {
    const page = await desk.backups({ database, proven });
    const reader = { timeZone: tool.world.timeZone, now: tool.world.now() };
    if (table === undefined) {
      tool.print().answer(page, () => backupList(page, reader));
      return exitCodes.done;
    }
    if (!page.items.some((backup) => tableIn(backup, table) !== undefined)) {
      throw new SagekeepError('NOT_FOUND', `No backup holds a table ${table}.`, {
        advice: 'Table names are written as sagekeep show prints them.',
      });
    }
    const items = page.items.map((backup) => ({
      backup: backup.manifest.id,
      snapshotAt: backup.manifest.snapshotAt,
      table: tableIn(backup, table) ?? null,
    }));
    tool.print().answer({ items, damaged: page.damaged }, () => tableHistory(page, table, reader));
    return exitCodes.done;
  } finally {
    await desk.close();
  }
}
