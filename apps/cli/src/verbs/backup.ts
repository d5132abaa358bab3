import { type Backup, Format, PostBackup } from '@sagekeep/contracts';
import { byteSize, storedBytes } from '@sagekeep/watch';
import { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { carryOut } from '../follow/carryOut.ts';
import { standing } from '../format/backups.ts';
import { databaseOf } from '../target.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

interface Options {
  readonly format?: string[];
  readonly label?: string;
  readonly hold?: string;
  readonly ifNone?: true;
  readonly wait: boolean;
}

export function backupVerb(tool: Tool): Command {
  return new Command('backup')
    .description('take a backup now')
    .argument('[database]', 'its configured name; may be left out when there is only one')
    .option('--format <format...>', `only these formats: ${Format.options.join(', ')}`)
    .option('--label <text>', 'a short text to recognise it by')
    .option('--hold <reason>', 'keep it until the hold is taken back')
    .option('--if-none', 'only when the database has no backup yet')
    .option('--no-wait', 'enqueue it and return')
    .action(async (database: string | undefined, options: Options) => {
      tool.done(await backup(tool, database, options));
    });
}

/** Shared with the old script. */
export async function backup(tool: Tool, named: string | undefined, options: Options) {
  const desk = await tool.desk();
  try {
    const { format, label, hold } = options;
    const database = await databaseOf(desk, named);
    if (options.ifNone && (await desk.backups({ database })).items.length > 0)
      return nothingToDo(tool, database);
    const body = checkedBody(PostBackup, { database, formats: format, label, hold });
    return await carryOut(
      tool,
      { desk, work: { job: 'backup', body } },
      {
        job: 'backup',
        wait: options.wait,
        tell: async (result) => ({
          text: backupDone(await desk.backup(result.backup)),
          code: exitCodes.done,
        }),
      },
    );
  } finally {
    await desk.close();
  }
}

/** What was made. It says `not proven` until a proof has said otherwise. */
export function backupDone(made: Backup): string {
  const { manifest } = made;
  const rows = manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
  const lines = manifest.files.map(
    (file) => `  ${file.name}  ${byteSize(file.bytes)}  sha256 ${file.sha256}`,
  );
  return [
    `Backup ${manifest.id}: ${byteSize(storedBytes(made))}, ${manifest.inventory.tables.length} tables, ${rows} rows; ${standing(made)}.`,
    ...lines,
  ].join('\n');
}

function nothingToDo(tool: Tool, database: string) {
  tool
    .print()
    .answer({ database, started: false }, () => `${database} has a backup already; none was taken.`);
  return exitCodes.done;
}
