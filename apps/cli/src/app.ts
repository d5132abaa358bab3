import { isSagekeepError } from '@sagekeep/contracts';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { type ExitCode, exitCodeSentences, exitCodes } from './exitCodes.ts';
import { errorLines, exitCodeOf, ownError } from './explain.ts';
import { oldVerbs } from './legacy/verbs.ts';
import { createPrint } from './print.ts';
import { createTool } from './tool.ts';
import { status } from './verbs/status.ts';
import { verbs } from './verbs.ts';
import type { World } from './world.ts';

/** Carries out one command line (without `node` and the script) and resolves with its exit code. Never rejects. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(world, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    return explain(thrown, argv, world);
  }
}

function createProgram(world: World, done: (code: ExitCode) => void): Command {
  const program = new Command('sagekeep')
    .description('Backup, restore, verify and clean-up of PostgreSQL databases. Alone it prints the status.')
    .version(manifest.version)
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .option('--offline', 'without API and Redis, straight on storage and database')
    .option('--api <url>', 'address of the API (else SAGEKEEP_URL, else the local stack)')
    .option(
      '--token <token>',
      'its bearer token; visible to other users of this machine: prefer SAGEKEEP_TOKEN',
    )
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\nExit codes:\n${exitCodeSentences.map((line) => `  ${line}`).join('\n')}`);
  const tool = createTool(program, world, done);
  program.action(async () => done(await status(tool)));
  // Only now, so that every verb inherits it.
  for (const make of verbs) program.addCommand(make(tool));
  for (const make of oldVerbs) program.addCommand(make(tool), { hidden: true });
  for (const command of [program, ...everyCommand(program)]) settle(command, world);
  return program;
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...everyCommand(each)]);
}

/** Commander throws instead of ending the process, and writes where the world says. */
function settle(command: Command, world: World): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => world.out.write(text),
    writeErr: (text) => world.err.write(text),
    getOutHelpWidth: () => world.out.columns ?? 100,
    getErrHelpWidth: () => world.err.columns ?? 100,
  });
}

function explain(thrown: unknown, argv: readonly string[], world: World): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const error = ownError(thrown);
  const print = createPrint(world, argv.includes('--json'));
  for (const line of errorLines(error)) print.note(line);
  if (isSagekeepError(error, 'API_UNAVAILABLE')) offerOffline(argv, print.note);
  if (print.json) {
    const { code, message, advice = null, facts } = error;
    print.answer({ error: { code, message, advice, facts } }, () => '');
  }
  return exitCodeOf(error);
}

const offlineVerbs = [
  'backup',
  'list',
  'show',
  'prove',
  'plan',
  'restore',
  'undo',
  'verify',
  'cleanup',
  'status',
];

function offerOffline(argv: readonly string[], note: (line: string) => void): void {
  if (argv.includes('--offline')) return;
  const verb = argv.find((word) => !word.startsWith('-'));
  if (verb !== undefined && !offlineVerbs.includes(verb)) return;
  note(`  Without API and Redis: sagekeep ${verb ?? 'status'} … --offline`);
}
