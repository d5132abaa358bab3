import { scratchLabel } from '../../../packages/engine/src/scratch/request.ts';

/** Runs a command, and returns what it says. */
export type Run = (command: string, args: readonly string[]) => Promise<string>;

/**
 * Remembers what is there now. What it resolves with tells what a project has left behind since: containers, networks and
 * volumes that carry its label, throw-away containers of proofs and volumes that no container uses.
 */
export async function rememberWhatIsThere(project: string, run: Run): Promise<() => Promise<string[]>> {
  const before = new Set(await unlabelled(run));
  return async () => {
    const since = (await unlabelled(run)).filter((one) => !before.has(one));
    return [...new Set([...(await labelled(project, run)), ...since])];
  };
}

async function labelled(project: string, run: Run): Promise<string[]> {
  const mine = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`];
  const lists = await Promise.all([
    run('docker', ['ps', '--all', ...mine]),
    run('docker', ['network', 'ls', ...mine]),
    run('docker', ['volume', 'ls', ...mine]),
  ]);
  return lists.flatMap(linesOf);
}

/** Compose knows nothing of them. */
async function unlabelled(run: Run): Promise<string[]> {
  const lists = await Promise.all([
    run('docker', ['ps', '--all', '--quiet', '--filter', `label=${scratchLabel}`]),
    run('docker', ['volume', 'ls', '--quiet', '--filter', 'dangling=true']),
  ]);
  return lists.flatMap(linesOf);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
