import { Command } from 'commander';
import type { Tool } from '../tool.ts';
import { backup } from '../verbs/backup.ts';
import { nobodyToAsk, restoreTarget } from '../verbs/restore.ts';
import { verify } from '../verbs/verify.ts';
import { isInteractive } from '../world.ts';
import { chooseDatabase, type OldFlags } from './choose.ts';
import { knownDatabases } from './known.ts';
import { setUpMonitoring } from './monitoring.ts';
import { sourceOfFile, storageFolder } from './sourceFile.ts';

/** What stands behind `scripts/*.sh`: the old flags, said in the words of today's verbs. Not shown in the help. */
export const oldVerbs: readonly ((tool: Tool) => Command)[] = [
  backupScript,
  restoreScript,
  verifyScript,
  monitoringScript,
];

function script(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-d, --database <name>', 'the configured name or the dbname')
    .option('-c, --container <name>', 'the container of a configured database')
    .option('-u, --user <name>', 'must be the configured user');
}

function backupScript(tool: Tool): Command {
  return script('backup.sh', 'take a backup now').action(async (flags: OldFlags) => {
    tool.done(await backup(tool, await nameOf(tool, flags), { wait: true }));
  });
}

function restoreScript(tool: Tool): Command {
  return script('restore.sh', 'put a backup or a dump in place, undoable')
    .argument('<file>', 'a dump below backups/, a backup id, or latest')
    .option('-f, --force', 'without showing the plan and asking')
    .action(async (file: string, { force, ...flags }: OldFlags & { force?: true }) => {
      tool.done(await restore(tool, file, { flags, force: force === true }));
    });
}

async function restore(tool: Tool, file: string, { flags, force }: { flags: OldFlags; force: boolean }) {
  if (!force && !isInteractive(tool.world)) throw nobodyToAsk();
  const desk = await tool.desk();
  try {
    const { name: database } = chooseDatabase(await knownDatabases(tool.world, desk), flags);
    const source = await sourceOfFile(tool.world, file, await storageFolder(tool.world));
    const options = force ? { force: true as const, wait: true } : { wait: true };
    return await restoreTarget(tool, desk, { target: { database, source }, options });
  } finally {
    await desk.close();
  }
}

function verifyScript(tool: Tool): Command {
  return script('verify_data.sh', 'check a live database; exit code 3 when something is not in order')
    .option('--quick', 'only checks that read no user table')
    .option('--report', 'print the kept report')
    .action(async ({ quick, report, ...flags }: OldFlags & { quick?: true; report?: true }) => {
      const options = { wait: true, ...(quick ? { quick } : {}), ...(report ? { report } : {}) };
      tool.done(await verify(tool, await nameOf(tool, flags), options));
    });
}

function monitoringScript(tool: Tool): Command {
  return new Command('setup_monitoring.sh')
    .description('switch schedules on and off')
    .option('--setup-cron', 'enable backup and cleanup')
    .option('--setup-monitoring', 'enable monitor, drill and scrub')
    .option('--remove-cron', 'disable all, and show old crontab lines that still stand')
    .option('--status', 'the same as sagekeep status')
    .action(async (options) => tool.done(await setUpMonitoring(tool, options)));
}

async function nameOf(tool: Tool, flags: OldFlags): Promise<string> {
  const desk = await tool.desk();
  try {
    return chooseDatabase(await knownDatabases(tool.world, desk), flags).name;
  } finally {
    await desk.close();
  }
}
