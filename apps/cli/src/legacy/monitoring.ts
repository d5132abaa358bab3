import { SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';
import { scheduleList, schedulesOf, turnSchedule } from '../verbs/schedule.ts';
import { status } from '../verbs/status.ts';
import type { World } from '../world.ts';

export interface MonitoringOptions {
  readonly setupCron?: true;
  readonly setupMonitoring?: true;
  readonly removeCron?: true;
  readonly status?: true;
}

/** Which jobs each of the old flags stood for. */
const cronJobs = ['backup', 'cleanup'];
const monitoringJobs = ['monitor', 'prove', 'scrub'];

/**
 * Carries out the old `setup_monitoring.sh`. Several flags are carried out in turn: what is taken away first, then what is
 * set up, the status last.
 */
export async function setUpMonitoring(tool: Tool, options: MonitoringOptions): Promise<ExitCode> {
  const { setupCron, setupMonitoring, removeCron } = options;
  const jobs = [...(setupCron ? cronJobs : []), ...(setupMonitoring ? monitoringJobs : [])];
  if (!removeCron && jobs.length === 0 && !options.status) {
    throw new SagekeepError('INVALID_INPUT', 'Say what to set up.', {
      advice: 'One of --setup-cron, --setup-monitoring, --remove-cron, --status.',
    });
  }
  if (removeCron || jobs.length > 0) await switchSchedules(tool, jobs, options);
  return options.status ? status(tool) : exitCodes.done;
}

async function switchSchedules(
  tool: Tool,
  jobs: readonly string[],
  options: MonitoringOptions,
): Promise<void> {
  const http = await tool.api();
  for (const each of await schedulesOf(http)) {
    const wanted = jobs.includes(each.job) || (options.removeCron ? false : each.enabled);
    if (each.enabled !== wanted) await turnSchedule(http, each.name, wanted);
  }
  const items = await schedulesOf(http);
  const list = () => scheduleList(items, tool.world.timeZone);
  // The status is the answer then, and there is one only.
  if (options.status) tool.print().note(list());
  else tool.print().answer({ items }, list);
  if (options.removeCron) for (const line of await oldCrontabLines(tool.world)) tool.print().note(line);
}

/** Lines of this user's crontab that still start the old scripts, with how to take them out. */
async function oldCrontabLines(world: World): Promise<string[]> {
  const lines = oldLines(await crontabOf(world));
  if (lines.length === 0) return [];
  return [
    'These lines of the old scripts still stand in your crontab; take them out with crontab -e:',
    ...lines,
  ];
}

/** Empty when there is none. In a worker's container it is `scripts/sagekeep` that has read the one of its user. */
async function crontabOf({ environment }: World): Promise<string> {
  const ofHost = environment['SAGEKEEP_HOST_CRONTAB'];
  if (ofHost !== undefined) return ofHost;
  const { stdout, failed } = await execa('crontab', ['-l'], { reject: false, stdin: 'ignore' });
  return failed ? '' : stdout;
}

/** Exported for its tests. */
export function oldLines(crontab: string): string[] {
  const scripts = /\b(backup|restore|verify_data|setup_monitoring|monitor|health_check|cleanup)\w*\.sh\b/;
  return crontab.split('\n').filter((line) => !/^\s*#/.test(line) && scripts.test(line));
}
