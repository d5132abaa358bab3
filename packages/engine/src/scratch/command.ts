/** What a throw-away container is started with, and which settings of the production container's command it goes without. */
export interface ScratchCommand {
  readonly command: readonly string[];
  /** Names only: values may be secrets. */
  readonly leftOut: readonly string[];
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A restore may need what production has of these: libraries, locks, workers and memory. */
const taken =
  /^(shared_preload_libraries|max_(locks_per_transaction|connections|worker_processes|prepared_transactions)|max_parallel_\w+|shared_buffers|huge_pages)$/;
/** What the proxy lets pass, with room to spare. */
const simple = /^[\w$./, -]+$/;

/** The settings of a server's arguments; what is no setting is told by its first word. */
function settingsOf(args: readonly string[]): Setting[] {
  const settings: Setting[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const short = word === '-c' || word === '--';
    if (short) at += 1;
    const text = short ? (args[at] ?? '') : word.replace(/^(-c|--)/, '');
    const [name = ''] = text.split('=', 1);
    settings.push({
      name: name.replaceAll('-', '_').toLowerCase(),
      value: text.slice(name.length + 1).replaceAll('"', ''),
    });
  }
  return settings;
}

function isTaken({ name, value }: Setting): boolean {
  // Production has the host's huge pages; a server that must have some would not start.
  if (name === 'huge_pages' && value.toLowerCase() === 'on') return false;
  return taken.test(name) && simple.test(value);
}

/**
 * Of the production container's command, the settings that a restore may depend on: others name files that are mounted
 * there alone, wait for a standby or archive WAL. Then the libraries that its server has loaded: those of a mounted file
 * or of ALTER SYSTEM are in no command. One that is not the server's own is taken as it is, or the image's when the
 * proxy would refuse it.
 */
export function scratchCommand(command: readonly string[], preload: string | null): ScratchCommand {
  const [first] = command;
  if (first !== undefined && first !== 'postgres' && !first.startsWith('-')) {
    const passes = !command.some((word) => /[\][{}"\\\n\r\t]/.test(word));
    return passes ? { command, leftOut: [] } : { command: [], leftOut: [first] };
  }
  const settings = settingsOf(first === 'postgres' ? command.slice(1) : command);
  const loaded = { name: 'shared_preload_libraries', value: (preload ?? '').replaceAll('"', '') };
  const used = [...settings.filter(isTaken), ...(isTaken(loaded) ? [loaded] : [])];
  const args = used.flatMap(({ name, value }) => ['-c', `${name}=${value}`]);
  const server = first === 'postgres' || (first === undefined && args.length > 0) ? ['postgres'] : [];
  const leftOut = settings.filter((setting) => !isTaken(setting)).map(({ name }) => name);
  return { command: [...server, ...args], leftOut: [...new Set(leftOut)] };
}
