import { type RestoreRecord, SagekeepError, type UndoJobResult } from '@sagekeep/contracts';
import { plainLine } from '@sagekeep/watch';
import { Command } from 'commander';
import { confirmByName } from '../ask.ts';
import { exitCodes } from '../exitCodes.ts';
import { carryOut } from '../follow/carryOut.ts';
import { restoreLine, undoDone } from '../format/restore.ts';
import { databaseOf } from '../target.ts';
import type { Tool } from '../tool.ts';

interface Options {
  readonly force?: true;
  readonly restore?: string;
  readonly wait: boolean;
}

export function undoVerb(tool: Tool): Command {
  return new Command('undo')
    .description('swap the last restore back out')
    .argument('[database]', 'may be left out when there is only one')
    .option('-f, --force', 'without asking for the name')
    .option('--restore <id>', 'not the last one but this')
    .option('--no-wait', 'enqueue it and return')
    .action(async (database: string | undefined, options: Options) => {
      tool.done(await undo(tool, database, options));
    });
}

async function undo(tool: Tool, named: string | undefined, { force, restore: id, wait }: Options) {
  const desk = await tool.desk();
  try {
    const database = await databaseOf(desk, named);
    const restore = lastUndoable(await desk.restores(database), { database, id });
    if (!force) {
      tool.print().note(restoreLine(restore, tool.world.timeZone));
      await confirmByName(tool.world, { question: `Type ${database} to undo it:`, name: database });
    }
    const tell = (result: UndoJobResult) => ({ text: undoDone(result), code: exitCodes.done });
    const work = { job: 'undo', restore, confirm: database } as const;
    return await carryOut(tool, { desk, work }, { job: 'undo', wait, tell });
  } finally {
    await desk.close();
  }
}

/**
 * The newest restore that replaced the database in its own place and is not yet undone, or the one that was named. Others,
 * say of a copy under another name, are never guessed: the error lists them. Throws `UNKNOWN_RESTORE`.
 */
export function lastUndoable(
  restores: readonly RestoreRecord[],
  { database, id }: { database: string; id?: string | undefined },
): RestoreRecord {
  const undoable = restores.filter((each) => each.state === 'swapped' && each.before !== null);
  const found =
    id === undefined ? undoable.find((each) => each.own) : restores.find((each) => each.id === id);
  if (found !== undefined) return found;
  if (id === undefined && undoable.length > 0) throw sayWhich(database, undoable);
  const safety = restores.find((each) => each.safetyBackup !== null)?.safetyBackup;
  throw new SagekeepError(
    'UNKNOWN_RESTORE',
    id === undefined ? `${database} has no restore that can be undone.` : `${database} has no restore ${id}.`,
    safety === undefined || safety === null
      ? {}
      : {
          advice: `The state before the last one is in its safety backup: sagekeep restore ${database} ${safety}`,
        },
  );
}

function sayWhich(database: string, candidates: readonly RestoreRecord[]): SagekeepError {
  const named = candidates.map(({ id, into }) => `${id} (${into})`).join(', ');
  return new SagekeepError(
    'UNKNOWN_RESTORE',
    `No restore of ${database} is on record that replaced it in its own place and can be undone.`,
    { advice: `Say which one you mean by --restore ID: ${plainLine(named)}.` },
  );
}
