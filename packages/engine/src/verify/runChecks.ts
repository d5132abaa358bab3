import { type Finding, type FindingStatus, isSagekeepError } from '@sagekeep/contracts';
import { isHeld } from '../server/index.ts';
import type { Answer, Check } from './check.ts';
import { fail, skip } from './check.ts';
import { answerIfOff, atWorst } from './configuredChecks.ts';
import type { Probe } from './probe.ts';
import { later, mayHaveVanished, unaskedReason } from './unasked.ts';

export interface RunOptions {
  readonly checks: readonly Check[];
  readonly probe: Probe;
  /** Begins the time of a check. */
  readonly start: () => void;
  /** Aborted when the connection is lost; null when there never was one. */
  readonly lost: AbortSignal | null;
  readonly signal: AbortSignal;
  /** Hears each finding when it is there, and how many checks are done of how many. */
  readonly onFinding: (finding: Finding, done: number, all: number) => void;
}

/** Asks one check after the other. A check that throws is a finding; only the signal ends the run. */
export async function runChecks(options: RunOptions): Promise<Finding[]> {
  const chosen = options.checks.filter(({ mode }) => mode === 'quick' || options.probe.mode === 'full');
  const findings: Finding[] = [];
  for (const check of chosen) {
    options.signal.throwIfAborted();
    const finding = await findingOf(check, options);
    findings.push(finding);
    options.onFinding(finding, findings.length, chosen.length);
  }
  return options.lost?.aborted === true ? withLostConnection(findings) : findings;
}

async function findingOf(check: Check, options: RunOptions): Promise<Finding> {
  const started = performance.now();
  options.start();
  const { id, title, group } = check;
  const { database } = options.probe;
  const answer = answerIfOff(database, id) ?? atWorst(database, id, await answerOf(check, options));
  return {
    id,
    title,
    group,
    status: answer.status,
    value: answer.value,
    expected: answer.expected ?? check.expected,
    advice: answer.status === 'pass' ? '' : (answer.advice ?? check.advice),
    durationMs: Math.round(performance.now() - started),
    ...(answer.measures === undefined ? {} : { measures: answer.measures }),
  };
}

async function answerOf(check: Check, { probe, lost, signal }: RunOptions): Promise<Answer> {
  if (check.offline !== true) {
    if (lost === null) return skip('the database does not answer');
    if (lost.aborted) return skip('the connection was lost during the verification');
  }
  try {
    return await runTwice(check, probe);
  } catch (error) {
    signal.throwIfAborted();
    return answerOfError(error, probe);
  }
}

/**
 * An object that was dropped after it was listed makes a check fail once; its second list lacks it. What is said again
 * of the same object is true of it. Whoever held a lock may be done a moment later.
 */
async function runTwice(check: Check, probe: Probe): Promise<Answer> {
  try {
    return await check.run(probe);
  } catch (first) {
    if (isHeld(first)) return await check.run(probe);
    if (!mayHaveVanished(first)) throw first;
    try {
      return await check.run(probe);
    } catch (second) {
      if (!mayHaveVanished(second) || String(second) === String(first)) throw second;
      return skip('what it wanted to read was dropped again and again', later);
    }
  }
}

function answerOfError(error: unknown, probe: Probe): Answer {
  if (!isSagekeepError(error))
    return fail(`the check broke down: ${String(error)}`, 'Report this as a fault of Sagekeep.');
  const reason = unaskedReason(error);
  const who = error.code === 'PERMISSION_MISSING' ? ` for ${probe.role}` : '';
  if (reason !== null) return skip(`${reason.why}${who}: ${error.message}`, reason.advice);
  return fail(
    error.message,
    error.advice ?? 'The message is the server’s own; it tells what it could not do.',
  );
}

/** A run that lost its connection must not say that the database answers. */
function withLostConnection(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) =>
    finding.id === 'connection.answers' && finding.status !== 'skip'
      ? {
          ...finding,
          status: 'fail',
          value: 'it answered first, then the connection was lost',
          advice: "Look into the server's log: it was shut down, or the backend was terminated or crashed.",
        }
      : finding,
  );
}

/** The status of a run: the worst of its findings; `skip` when nothing could be asked. */
export function worstStatus(findings: readonly Pick<Finding, 'status'>[]): FindingStatus {
  for (const status of ['fail', 'warn', 'pass'] as const) {
    if (findings.some((finding) => finding.status === status)) return status;
  }
  return 'skip';
}
