import { isSagekeepError } from '@sagekeep/contracts';
import { type RunOptions, untilStopped, withStack } from './run.ts';
import type { LocalStack } from './stack/start.ts';
import { createClient } from './story/client.ts';
import { backUp } from './story/firstBackup.ts';
import type { StoryTools } from './story/follow.ts';

/** `npm start`: everything up, a first backup, and then it runs until people stop it. */
export async function start(options: RunOptions): Promise<void> {
  await withStack(options, async (local, signal) => {
    const { say } = options;
    await firstBackup({ client: createClient(local.stack), say, signal }, local);
    for (const line of whereToLook(local)) say(line);
    await untilStopped(signal);
  });
}

/** A backup that fails is worth a look in Bull Board: the stack stays. */
async function firstBackup(tools: StoryTools, { databases }: LocalStack): Promise<void> {
  const [database] = databases;
  if (database === undefined) return;
  try {
    await backUp(tools, database, 'first backup of npm start');
  } catch (error) {
    if (tools.signal.aborted || !isSagekeepError(error)) throw error;
    tools.say(`${error.message} ${error.advice ?? ''}`);
  }
}

/** Where everything is. The password of the board is meant for the person at this terminal. */
export function whereToLook({ stack, folder, databases }: LocalStack): string[] {
  return [
    '',
    'Sagekeep runs. Where to look:',
    `  API          ${stack.api}/v1   (documentation: ${stack.api}/docs)`,
    `  status page  ${stack.api}/`,
    `  Bull Board   ${stack.board.url}   login ${stack.board.user} / ${stack.board.password}`,
    `  backups      ${folder}`,
    `  tokens       data/run/stack.json (only you may read it; new ones at every start)`,
    `  databases    ${databases.join(', ')}`,
    '',
    'Another backup:  npm run sagekeep -- backup    or',
    `  curl -X POST ${stack.api}/v1/backups -H "Authorization: Bearer $(node -p 'require("./data/run/stack.json").tokens.operator')" \\`,
    `    -H 'Content-Type: application/json' -d '{"database":"${databases[0] ?? 'sage'}"}'`,
    '',
    'Ctrl-C stops everything that was started here; the data stays for the next time.',
  ];
}
