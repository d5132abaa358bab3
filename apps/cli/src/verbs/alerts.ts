import { Incident, pageOf, WithReason } from '@sagekeep/contracts';
import { plainLine } from '@sagekeep/watch';
import { Command } from 'commander';
import { everyPage } from '../client/pages.ts';
import { exitCodes } from '../exitCodes.ts';
import { time } from '../format/time.ts';
import type { Tool } from '../tool.ts';
import { testAlerts } from './alertsTest.ts';
import { checkedBody } from './input.ts';

const IncidentPage = pageOf(Incident);

export function alertsVerb(tool: Tool): Command {
  const verb = new Command('alerts')
    .description('incidents that are open; exit code 3 when there are any')
    .option('--all', 'resolved ones too')
    .action(async (options: { all?: true }) => {
      tool.done(await alerts(tool, options.all === true));
    });
  verb
    .command('test [channels...]')
    .description(
      'send a test message to these channels, or to every one; exit code 1 when one is not delivered',
    )
    .action(async (channels: string[]) => tool.done(await testAlerts(tool, channels)));
  verb
    .command('close <id> [reason]')
    .description('end an incident that nothing will resolve by itself')
    .option('--reason <text>', 'what became of it')
    .action(async (id: string, reason: string | undefined, options: { reason?: string }) =>
      tool.done(await closeAlert(tool, id, reason ?? options.reason)),
    );
  return verb;
}

async function closeAlert(tool: Tool, id: string, reason: string | undefined) {
  const http = await tool.api();
  const body = checkedBody(WithReason, { reason });
  const path = `/v1/incidents/${encodeURIComponent(id)}/close`;
  const closed = await http.send('POST', path, { body, shape: Incident });
  tool.print().answer(closed, () => `Closed: ${plainLine(closed.title)}`);
  return exitCodes.done;
}

async function alerts(tool: Tool, all: boolean) {
  const { items } = await everyPage(await tool.api(), '/v1/incidents', { shape: IncidentPage });
  const shown = all ? items : items.filter((each) => each.resolvedAt === null);
  tool
    .print()
    .answer({ items: shown }, () =>
      shown.length === 0
        ? 'No open incidents.'
        : shown.map((each) => incidentText(each, tool.world.timeZone)).join('\n\n'),
    );
  return shown.some((each) => each.resolvedAt === null) ? exitCodes.findings : exitCodes.done;
}

/** What is wrong, since when, and what to type. */
export function incidentText(incident: Incident, timeZone: string): string {
  const state = incident.resolvedAt === null ? incident.severity.toUpperCase() : 'resolved';
  const { closed } = incident;
  const how =
    closed === undefined ? 'resolved' : `closed by ${plainLine(closed.by)} (${plainLine(closed.reason)})`;
  const resolved = incident.resolvedAt === null ? '' : `, ${how} ${time(incident.resolvedAt, timeZone)}`;
  return [
    `${state}  ${plainLine(incident.title)}`,
    `  since ${time(incident.openedAt, timeZone)}, seen ${incident.occurrences} times${resolved}`,
    `  ${plainLine(incident.detail)}`,
    ...(incident.resolvedAt === null ? [`  id    ${incident.id}`] : []),
    ...(incident.advice === '' ? [] : [`  next  ${plainLine(incident.advice)}`]),
  ].join('\n');
}
