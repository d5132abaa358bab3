import { fileURLToPath } from 'node:url';
import { clientToolsAdvice, type OperatingSystem, SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';
import { debianMirror } from './aptSources.ts';
import { findInstalled, type Installed, type PostgresInstallation, usablePostgres } from './installed.ts';
import { readAptSources, readOperatingSystem } from './machine.ts';
import { type InstallationPlan, planInstallation, type Wanted } from './plan.ts';
import { rightsToInstall } from './rights.ts';
import { toolsElsewhere } from './toolsElsewhere.ts';

export interface ProvideOptions {
  readonly path: string;
  readonly wanted: Wanted;
  /** Says what is being installed and why. */
  readonly say: (line: string) => void;
}

const installer = fileURLToPath(new URL('install-debian.sh', import.meta.url));
const codenames: Readonly<Record<string, string>> = { '12': 'bookworm', '13': 'trixie' };

/**
 * Finds what is wanted – PostgreSQL with pgvector, Redis, Chromium, client tools in any case – and installs what is
 * missing. Starts no service. Throws `TOOLS_MISSING` with the exact command to type where it may not or cannot install.
 */
export async function provide(options: ProvideOptions): Promise<Installed> {
  const system = readOperatingSystem();
  const before = findInstalled({ path: options.path });
  const plan = planInstallation({ system, installed: before, wanted: options.wanted });
  const major = plan.toolsElsewhere;
  if (major !== null && !(await toolsElsewhere(major))) {
    const error = toolsOfAnother(major, system);
    if (!plan.servesAny) throw error;
    options.say(`${error.message} The others are served. ${error.advice}`);
  }
  if (plan.missing.length === 0) return before;
  await install(plan, system, options);
  const after = findInstalled({ path: options.path });
  const left = planInstallation({ system, installed: after, wanted: options.wanted });
  if (left.missing.length > 0) throw stillMissing(left);
  return after;
}

/** The PostgreSQL to start; throws `TOOLS_MISSING` when there is none with pgvector. Installs nothing. */
export function requirePostgres(installed: Installed): PostgresInstallation {
  const found = usablePostgres(installed);
  if (found !== undefined) return found;
  throw notHere('PostgreSQL with pgvector');
}

/** The `redis-server` to start; throws `TOOLS_MISSING` when there is none. Installs nothing. */
export function requireRedis(installed: Installed): string {
  if (installed.redis !== null) return installed.redis;
  throw notHere('Redis');
}

/** For a server whose client tools the release does not carry: no first backup is begun that can only fail. */
function toolsOfAnother(major: number, system: OperatingSystem): SagekeepError {
  return new SagekeepError(
    'TOOLS_MISSING',
    `The server is PostgreSQL ${major}: client tools as new as that are not on this machine, and ${system.title} does not have them.`,
    { advice: clientToolsAdvice(major, system), facts: { major } },
  );
}

function notHere(what: string): SagekeepError {
  return new SagekeepError('TOOLS_MISSING', `${what} is not on this machine.`, {
    advice: 'Type: npm start, which installs it on Debian 12 and 13, or use Docker: docker compose up',
  });
}

function stillMissing(plan: InstallationPlan): SagekeepError {
  const list = plan.missing.map((missing) => missing.what).join(', ');
  return new SagekeepError('TOOLS_MISSING', `Installed, and yet not found where it should be: ${list}.`, {
    advice: 'Install it with your package manager, or use Docker instead: docker compose up',
  });
}

async function install(plan: InstallationPlan, system: OperatingSystem, options: ProvideOptions) {
  const command = installCommand(plan, system);
  const rights = plan.supported ? await rightsToInstall(process.getuid?.()) : 'none';
  if (rights === 'none') throw cannotInstall(plan, system, command);
  options.say(`Installing on ${system.title} (no service is started, no cluster created):`);
  for (const missing of plan.missing) options.say(`  ${missing.what}: ${missing.why}`);
  const [program, ...rest] = rights === 'sudo' ? ['sudo', '-n', ...command] : command;
  try {
    await execa(program ?? 'sh', rest, { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' });
  } catch (cause) {
    throw new SagekeepError(
      'TOOLS_MISSING',
      'The installation of the servers did not succeed; apt’s own words are above.',
      {
        advice: `Mend what they say and try again, or type: sudo ${shown(command)}`,
        cause,
      },
    );
  }
}

/** The argv of the installer for a plan. */
export function installCommand(plan: InstallationPlan, system: OperatingSystem): string[] {
  const mirror = debianMirror(readAptSources(), codenames[system.version] ?? system.version);
  return [
    'sh',
    installer,
    ...(plan.vectorFor === null ? [] : ['--vector', String(plan.vectorFor)]),
    ...(mirror === undefined ? [] : ['--mirror', mirror]),
    ...plan.missing.flatMap((missing) => missing.packages),
  ];
}

function cannotInstall(plan: InstallationPlan, system: OperatingSystem, command: readonly string[]) {
  const list = plan.missing.map((missing) => missing.what).join(', ');
  const message = `Missing on this machine: ${list}.`;
  const advice = plan.supported
    ? `Neither root nor sudo without a password is at hand; type: sudo ${shown(command)}`
    : `${system.title} is not one we can install on: install them with your package manager (PostgreSQL 15 or newer with pgvector, Redis 6.2 or newer)`;
  return new SagekeepError('TOOLS_MISSING', message, {
    advice: `${advice} – or use Docker instead: docker compose up`,
    facts: { missing: plan.missing.map((missing) => missing.what) },
  });
}

/** An argv as people type it. */
function shown(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
