import type { DeliverPayload, Incident } from '@sagekeep/contracts';

export type AlertEvent = 'opened' | 'reminded' | 'resolved' | 'test';

/** What a channel is given to say. Plain lines, no secrets. */
export interface AlertMessage {
  /** The same for every attempt at this delivery: receivers can tell a repetition by it. */
  readonly deliveryId: string;
  readonly event: AlertEvent;
  readonly severity: 'warn' | 'fail' | 'ok';
  readonly incident: string;
  readonly key: string;
  readonly database: string | null;
  /** One line: `[FAIL] The backup of sage failed`. */
  readonly subject: string;
  readonly title: string;
  readonly detail: string;
  readonly advice: string;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly occurrences: number;
  /** All of it, in lines. */
  readonly text: string;
}

const labels: Readonly<Record<AlertEvent, string>> = {
  opened: '',
  reminded: 'STILL ',
  resolved: 'RESOLVED',
  test: 'TEST',
};

export function messageOf(incident: Incident, payload: DeliverPayload, event: AlertEvent): AlertMessage {
  const label =
    event === 'opened' || event === 'reminded'
      ? labels[event] + incident.severity.toUpperCase()
      : labels[event];
  const subject = `[${label}] ${incident.title}`;
  const { id, key, database, title, detail, advice, openedAt, resolvedAt, occurrences } = incident;
  const seen = occurrences === 1 ? '' : `, seen ${occurrences} times, last ${incident.lastSeenAt}`;
  const end = resolvedAt === null || event !== 'resolved' ? [] : [`resolved  ${resolvedAt} (UTC)`];
  const next = event === 'resolved' || advice === '' ? [] : [`next      ${advice}`];
  return {
    deliveryId: `${id}.${event}.${payload.at}.${payload.channel}`,
    event,
    severity: event === 'resolved' || event === 'test' ? 'ok' : incident.severity,
    ...{ incident: id, key, database, subject, title, detail, advice, openedAt, resolvedAt, occurrences },
    text: [subject, '', detail, `since     ${openedAt} (UTC)${seen}`, ...end, ...next].join('\n'),
  };
}

/** What `sagekeep alerts test` sends. */
export function testIncident(at: string): Incident {
  return {
    version: 1,
    id: 'test',
    key: 'test',
    database: null,
    severity: 'warn',
    title: 'Sagekeep can reach this channel',
    detail: 'This is a test: nothing is wrong. Alerts will arrive like this one.',
    advice: '',
    openedAt: at,
    lastSeenAt: at,
    remindedAt: null,
    resolvedAt: null,
    occurrences: 1,
  };
}
