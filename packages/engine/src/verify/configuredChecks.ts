import { type DatabaseConfig, SagekeepError } from '@sagekeep/contracts';
import type { Answer } from './check.ts';
import { skip } from './check.ts';
import { nearest } from './nearest.ts';
import { checks } from './registry.ts';

/** Throws `CONFIGURATION_INVALID`, which names every `expect.checks` that is the id of no check, and the nearest one. */
export function assertChecksExist(databases: readonly Pick<DatabaseConfig, 'name' | 'expect'>[]): void {
  const ids = checks.map(({ id }) => id);
  const faults = databases.flatMap(({ name, expect }) =>
    Object.keys(expect.checks ?? {})
      .filter((id) => !ids.includes(id))
      .map((id) => ({
        path: `databases.${name}.expect.checks.${id}`,
        message: `there is no such check; did you mean ${nearest(id, ids)}?`,
      })),
  );
  if (faults.length === 0) return;
  const lines = faults.map(({ path, message }) => `${path}: ${message}`);
  throw new SagekeepError(
    'CONFIGURATION_INVALID',
    `Unknown checks are configured:\n  ${lines.join('\n  ')}`,
    {
      advice: 'Correct what is named above and start again; docs/checks.md lists all checks.',
      facts: { faults },
    },
  );
}

/** The answer to a check that is switched off; null for all others. */
export function answerIfOff({ expect }: Pick<DatabaseConfig, 'expect'>, id: string): Answer | null {
  if (expect.checks?.[id] !== 'off') return null;
  return skip('switched off in the configuration (expect.checks)');
}

/** What a check may say at worst here. */
export function atWorst({ expect }: Pick<DatabaseConfig, 'expect'>, id: string, answer: Answer): Answer {
  return answer.status === 'fail' && expect.checks?.[id] === 'warn' ? { ...answer, status: 'warn' } : answer;
}
