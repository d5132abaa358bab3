import type { Finding, Incident } from '@sagekeep/contracts';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number | null | undefined];
export type Add = (name: string, help: string, samples: readonly Sample[]) => void;

/** What the newest look of the monitor did not let pass, as it was kept. */
export interface LookFacts {
  readonly at: string;
  readonly findings: readonly Finding[];
}

/** The newest look of the monitor: one sample for each finding that did not pass. `database` is empty for what has none. */
export function addLook(look: LookFacts | null, add: Add): void {
  if (look === null) return;
  add('monitor_last_look_timestamp_seconds', 'When the monitor last looked', [
    [{}, Date.parse(look.at) / 1000],
  ]);
  add(
    'findings',
    'Findings of the last look that did not pass, by check: always 1',
    look.findings.map(({ id, title, status }) => [
      { database: databaseIn(title), check: id, severity: status },
      1,
    ]),
  );
}

/** The monitor puts the name before the title: `sage: Database answers`. */
function databaseIn(title: string): string {
  return /^([a-z0-9][a-z0-9_-]{0,40}): /.exec(title)?.[1] ?? '';
}

/** Open incidents, by severity and one by one: a cause has at most one that is open. */
export function addIncidents(incidents: readonly Incident[], add: Add): void {
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const bySeverity = (['warn', 'fail'] as const).map(
    (severity): Sample => [{ severity }, open.filter((incident) => incident.severity === severity).length],
  );
  add('incidents_open', 'Open incidents by severity', bySeverity);
  const labels = ({ key, database, severity }: Incident): Labels => ({
    cause: key,
    database: database ?? '',
    severity,
  });
  add(
    'incident_opened_timestamp_seconds',
    'When each open incident was opened, by cause',
    open.map((incident) => [labels(incident), Date.parse(incident.openedAt) / 1000]),
  );
  add(
    'incident_occurrences',
    'How often the cause of each open incident was seen',
    open.map((incident) => [labels(incident), incident.occurrences]),
  );
}
