import type { ProveJobResult } from '@sagekeep/contracts';
import { databaseOfId } from '@sagekeep/storage';
import { duration, plainLine } from '@sagekeep/watch';
import { Command } from 'commander';
import { carryOut, verdictOf } from '../follow/carryOut.ts';
import { databaseOf } from '../target.ts';
import type { Tool } from '../tool.ts';

interface Options {
  readonly database?: string;
  readonly drill?: true;
  readonly wait: boolean;
}

export function proveVerb(tool: Tool): Command {
  return new Command('prove')
    .description('restore a backup aside and compare it; exit code 3 when it does not come back whole')
    .argument('[backup]', 'its id, or latest, or a database for its newest backup', 'latest')
    .option(
      '--database <name>',
      'of which database the latest one is meant; a backup of another one is refused',
    )
    .option('--drill', 'build every index too, whatever the configuration spares: a measure of the RTO')
    .option('--no-wait', 'enqueue it and return')
    .action(async (what: string, options: Options) => tool.done(await prove(tool, what, options)));
}

async function prove(tool: Tool, what: string, { database, drill, wait }: Options) {
  const desk = await tool.desk();
  try {
    const named = database ?? (what === 'latest' ? undefined : what);
    const backup =
      databaseOfId(what) === null
        ? { backup: 'latest', database: await databaseOf(desk, named) }
        : { backup: what, ...(database === undefined ? {} : { database }) };
    const body = { ...backup, ...(drill ? { drill } : {}) };
    const tell = (result: ProveJobResult) => ({ text: proofText(result), code: verdictOf(result) });
    return await carryOut(tool, { desk, work: { job: 'prove', body } }, { job: 'prove', wait, tell });
  } finally {
    await desk.close();
  }
}

/** What the proof found, and every way in which what came back differs. */
export function proofText({ proof }: ProveJobResult): string {
  const differences = proof.differences.map(
    ({ kind, change, name, excuse }) =>
      `  ${kind} ${name}: ${change}${excuse === undefined ? '' : ` (${excuse})`}`,
  );
  return [
    `${verdict(proof.result)} on ${proof.where} (PostgreSQL ${proof.serverVersion}) in ${duration(proof.durationMs)}.`,
    ...(proof.error === null ? [] : [`  ${proof.error}`]),
    ...(proof.vectorIndexes ? [] : ['  vector indexes were not built']),
    ...differences,
    ...proof.notes.map((note) => `  ${note}`),
  ]
    .map(plainLine)
    .join('\n');
}

function verdict(result: ProveJobResult['proof']['result']): string {
  if (result === 'failed') return 'FAILED: it did not come back whole';
  return result === 'proven'
    ? 'Proven: restored aside and equal'
    : 'Content-proven: restored aside, every row equal';
}
