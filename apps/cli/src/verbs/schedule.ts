import { pageOf, Schedule, ScheduleBody } from '@sagekeep/contracts';
import { Command } from 'commander';
import { type Http, nothing } from '../client/http.ts';
import { everyPage } from '../client/pages.ts';
import { exitCodes } from '../exitCodes.ts';
import { table } from '../format/table.ts';
import { time } from '../format/time.ts';
import type { Tool } from '../tool.ts';
import { checkedBody } from './input.ts';

interface SetOptions {
  readonly job: string;
  readonly database?: string;
  readonly payload?: string;
  readonly cron?: string;
  readonly everyMinutes?: string;
  readonly timezone?: string;
  readonly disabled?: true;
}

export function scheduleVerb(tool: Tool): Command {
  const schedule = new Command('schedule')
    .description('what runs by itself, and when next')
    .action(async () => tool.done(await list(tool)));
  schedule
    .command('set <name>')
    .description('add a schedule, or change one')
    .requiredOption('--job <job>', 'backup, cleanup, monitor, verify, prove or scrub')
    .option('--database <name>', 'which database; left out it is every one, where the job allows')
    .option('--payload <json>', 'more of what the job is told')
    .option('--cron <text>', 'five fields, e.g. "0 2 * * *"')
    .option('--every-minutes <count>', 'instead of --cron')
    .option('--timezone <zone>', 'an IANA name; default yours')
    .option('--disabled', 'do not run it yet')
    .action(async (name: string, options: SetOptions) => tool.done(await set(tool, name, options)));
  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    schedule
      .command(`${verb} <name>`)
      .description(enabled ? 'let it run again' : 'keep it, but do not run it')
      .action(async (name: string) => tool.done(await enable(tool, name, enabled)));
  }
  schedule
    .command('remove <name>')
    .description('take back what was set; one that the configuration declares is then as declared again')
    .action(async (name: string) => tool.done(await remove(tool, name)));
  return schedule;
}

const SchedulePage = pageOf(Schedule);

export async function schedulesOf(http: Http): Promise<Schedule[]> {
  return (await everyPage(http, '/v1/schedules', { shape: SchedulePage })).items;
}

async function list(tool: Tool) {
  const items = await schedulesOf(await tool.api());
  tool
    .print()
    .answer({ items }, () =>
      items.length === 0 ? 'No schedules.' : scheduleList(items, tool.world.timeZone),
    );
  return exitCodes.done;
}

export function scheduleList(items: readonly Schedule[], timeZone: string): string {
  return table(
    ['NAME', 'JOB', 'WHEN', 'ZONE', 'NEXT', 'FROM'],
    items.map((each) => [
      each.name,
      `${each.job} ${String(each.payload['database'] ?? '')}`.trim(),
      each.cron ?? `every ${(each.everyMs ?? 0) / 60_000} min`,
      each.timezone,
      !each.enabled ? 'disabled' : each.nextRunAt === null ? '–' : time(each.nextRunAt, timeZone),
      each.source,
    ]),
  );
}

async function set(tool: Tool, name: string, options: SetOptions) {
  const { job, database, payload, cron, everyMinutes, timezone, disabled } = options;
  const body = checkedBody(ScheduleBody, {
    job,
    payload: { ...jsonObject(payload), ...(database === undefined ? {} : { database }) },
    cron,
    everyMs: everyMinutes === undefined ? undefined : Number(everyMinutes) * 60_000,
    timezone: timezone ?? tool.world.timeZone,
    enabled: disabled !== true,
  });
  const http = await tool.api();
  return shown(
    tool,
    await http.send('PUT', `/v1/schedules/${encodeURIComponent(name)}`, { body, shape: Schedule }),
  );
}

async function enable(tool: Tool, name: string, enabled: boolean) {
  return shown(tool, await turnSchedule(await tool.api(), name, enabled));
}

/** Changes nothing but whether the schedule runs. */
export function turnSchedule(http: Http, name: string, enabled: boolean): Promise<Schedule> {
  const request = { body: { enabled }, shape: Schedule };
  return http.send('PATCH', `/v1/schedules/${encodeURIComponent(name)}`, request);
}

function shown(tool: Tool, schedule: Schedule) {
  tool.print().answer(schedule, () => scheduleList([schedule], tool.world.timeZone));
  return exitCodes.done;
}

async function remove(tool: Tool, name: string) {
  const http = await tool.api();
  await http.send('DELETE', `/v1/schedules/${encodeURIComponent(name)}`, { shape: nothing });
  tool.print().answer({ schedule: name, removed: true }, () => `What was set for ${name} is taken back.`);
  return exitCodes.done;
}

function jsonObject(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return checkedBody(ScheduleBody, { payload: text });
  }
}
