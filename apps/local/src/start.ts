import { type RunOptions, untilStopped, withStack } from './run.ts';
import type { LocalStack } from './stack/start.ts';
import { createClient } from './story/client.ts';
import { backUp } from './story/firstBackup.ts';

/** `npm start`: everything up, a first backup, and then it runs until people stop it. */
export async function start(options: RunOptions): Promise<void> {
  await withStack(options, async (local, signal) => {
    const { say } = options;
    const [database] = local.databases;
    if (database !== undefined) {
      await backUp({ client: createClient(local.stack), say, signal }, database, 'first backup of npm start');
    }
    for (const line of whereToLook(local)) say(line);
    await untilStopped(signal);
  });
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
