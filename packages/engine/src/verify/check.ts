import type { Finding, FindingStatus, Measures, VerificationMode } from '@sagekeep/contracts';
import type { Probe } from './probe.ts';

export { counted, some } from '../text/index.ts';

/** What a check has found. `expected` and `advice` are the check's own unless they are given. */
export interface Answer {
  readonly status: FindingStatus;
  readonly value: string;
  readonly expected?: string;
  readonly advice?: string;
  /** Kept for the trends. */
  readonly measures?: Measures;
}

/** One question that is asked of a live database. */
export interface Check {
  /** Stable: `group.name`, and the name of its file. */
  readonly id: string;
  readonly title: string;
  readonly group: Finding['group'];
  /** `quick` checks read no user table and run always; `full` checks run in full mode only. */
  readonly mode: VerificationMode;
  /** What it asks, as one sentence for the documentation. */
  readonly asks: string;
  /** How bad a miss can be. */
  readonly worst: 'warn' | 'fail';
  readonly expected: string;
  /** What to do about a miss. */
  readonly advice: string;
  /** True for checks that need no connection with the database. */
  readonly offline?: true;
  run(probe: Probe): Promise<Answer> | Answer;
}

export function pass(value: string): Answer {
  return { status: 'pass', value };
}

export function warn(value: string, advice?: string): Answer {
  return advice === undefined ? { status: 'warn', value } : { status: 'warn', value, advice };
}

export function fail(value: string, advice?: string): Answer {
  return advice === undefined ? { status: 'fail', value } : { status: 'fail', value, advice };
}

/** The question does not arise here, or could not be asked: `value` says why, `advice` what would let it be asked. */
export function skip(value: string, advice = ''): Answer {
  return { status: 'skip', value, advice };
}
