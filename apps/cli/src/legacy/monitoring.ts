import { SagekeepError, type Schedule } from '@sagekeep/contracts';
import { execa } from 'execa';
import type { Http } from '../client/http.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';
import { bodyOf, putSchedule, scheduleList, schedulesOf } from '../verbs/schedule.ts';
import { status } from '../verbs/status.ts';

export interface MonitoringOptions {
  readonly setupCron?: true;
  readonly setupMonitoring?: true;
  readonly removeCron?: true;
  readonly status?: true;
}

/** Which jobs each of the old flags stood for. */
const cronJobs = ['backup', 'cleanup'];
const monitoringJobs = ['monitor', 'prove', 'scrub'];

/** Carries out the old `setup_monitoring.sh`. Several flags are carried out one after the other. */
export async function setUpMonitoring(tool: Tool, options: MonitoringOptions): Promise<ExitCode> {
  const { setupCron, setupMonitoring, removeCron } = options;
  if (options.status) return status(tool);
  if (!setupCron && !setupMonitoring && !removeCron) {
    throw new SagekeepError('INVALID_INPUT', 'Say what to set up.', {
      advice: 'One of --setup-cron, --setup-monitoring, --remove-cron, --status.',
    });
  }
  const http = await tool.api();
  const before = await schedulesOf(http);
  const jobs = [...(setupCron ? cronJobs : []), ...(setupMonitoring ? monitoringJobs : [])];
  if (removeCron) await switchAll(http, before, false);
  else
    await switchAll(
      http,
      before.filter((each) => jobs.includes(each.job)),
      true,
    );
  const items = await schedulesOf(http);
  tool.print().answer({ items }, () => scheduleList(items, tool.world.timeZone));
  if (removeCron) for (const line of await oldCrontabLines()) tool.print().note(line);
  return exitCodes.done;
}

async function switchAll(http: Http, schedules: readonly Schedule[], enabled: boolean): Promise<void> {
  for (const each of schedules) {
    if (each.enabled !== enabled) await putSchedule(http, each.name, bodyOf(each, enabled));
  }
}

/** Lines of this user's crontab that still start the old scripts, with how to take them out. */
async function oldCrontabLines(): Promise<string[]> {
  const { stdout, failed } = await execa('crontab', ['-l'], { reject: false, stdin: 'ignore' });
  const lines = failed ? [] : oldLines(stdout);
  if (lines.length === 0) return [];
  return [
    'These lines of the old scripts still stand in your crontab; take them out with crontab -e:',
    ...lines,
  ];
}

/** Exported for its tests. */
export function oldLines(crontab: string): string[] {
  const scripts = /\b(backup|restore|verify_data|setup_monitoring|monitor|health_check|cleanup)\w*\.sh\b/;
  return crontab.split('\n').filter((line) => !/^\s*#/.test(line) && scripts.test(line));
}
