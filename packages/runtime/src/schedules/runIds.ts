/** A run of a schedule, as the id of its job tells. */
export interface PlannedRun {
  readonly schedule: string;
  /** When it was to run, ms. */
  readonly dueAt: number;
  /** It makes up for a run that did not happen at its time. */
  readonly catchUp: boolean;
}

/** The id that BullMQ gives a run. */
export function runId(schedule: string, dueAt: number): string {
  return `repeat:${schedule}:${dueAt}`;
}

/** The id of the one run that makes up for a run that did not happen. */
export function catchUpId(schedule: string, dueAt: number): string {
  return `catchup-${schedule}-${dueAt}`;
}

/** Null for a job that no schedule made. */
export function plannedRun(id: string): PlannedRun | null {
  const [, own, caughtUp, dueAt] = /^(?:repeat:(.+):|catchup-(.+)-)(\d+)$/.exec(id) ?? [];
  const schedule = own ?? caughtUp;
  if (schedule === undefined) return null;
  return { schedule, dueAt: Number(dueAt), catchUp: caughtUp !== undefined };
}
