import { type DatabaseRecord, missedAfterMs, type StatusLine } from '@sagekeep/contracts';
import type { DatabaseFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';

/** What became of the containers that are labelled to be this database. */
export function labelledLines({ config, labelled, now }: DatabaseFacts): StatusLine[] {
  // One that the configuration names is protected, whatever is labelled so besides.
  const isConfigured = config.url !== null || config.unreachable === undefined;
  return labelled.map((record) => {
    if (record.state === 'ready' && isSeen(record, now))
      return okLine(`labelled:${record.id}`, `found by the labels of the container ${record.container}`);
    const trouble = troubleOf(record, now);
    const level = isConfigured && record.state === 'refused' ? 'warn' : 'fail';
    return badLine(level, { id: `labelled:${record.id}`, ...trouble });
  });
}

function isSeen({ seenAt }: DatabaseRecord, now: Date): boolean {
  return now.getTime() - Date.parse(seenAt) <= missedAfterMs;
}

function troubleOf(record: DatabaseRecord, now: Date): Omit<Parameters<typeof badLine>[1], 'id'> {
  const { container, state, since, seenAt } = record;
  const why = record.why ?? 'nobody knows why';
  const command = record.advice ?? `docker inspect ${container}`;
  if (state === 'gone') return { text: `the labelled container ${container} is gone`, since, why, command };
  if (!isSeen(record, now))
    return {
      text: `the labelled container ${container} is not seen any more`,
      since: seenAt,
      why: 'no worker that can ask its Docker has found it since',
      command: `docker inspect ${container}`,
    };
  const text =
    state === 'refused'
      ? `the container ${container} is labelled but NOT protected`
      : `the labelled container ${container} cannot be reached`;
  return { text, since, why, command };
}
