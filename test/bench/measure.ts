import { performance } from 'node:perf_hooks';

/**
 * Runs `rounds` rounds; each measures every variant once, in turn, so that a drifting machine is fair to all. Resolves with the
 * milliseconds of each variant, round by round.
 */
export async function sideBySide<Name extends string>(
  variants: Readonly<Record<Name, () => Promise<void>>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(variants) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const started = performance.now();
      await variants[name]();
      times[name].push(performance.now() - started);
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** How long these phases of a job took together, ms; no number when one of them was not told. */
export function sumOf(phases: Readonly<Record<string, number>>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (phases[name] ?? Number.NaN), 0);
}

/** How long a backup has its locks and its snapshot: from asking for them until roles and properties are read. */
export function busyMs(phases: Readonly<Record<string, number>>): number {
  return sumOf(phases, ['snapshot', 'dump', 'globals']);
}

/** One line of the result: what was compared, against which bound, and whether it held. */
export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly bound: string;
  readonly holds: boolean | null;
}

/**
 * The median of what the rounds say, each by itself: the machine may be half as fast in one of them. Beside it the median
 * times. Without a bound it is for information.
 */
export function ratio(
  what: string,
  [ours, theirs]: readonly [readonly number[], readonly number[]],
  bound: number | null,
): Verdict {
  const value = median(ours.map((ms, round) => ms / (theirs[round] ?? Number.NaN)));
  return {
    what,
    figure: `${value.toFixed(2)} × (${seconds(median(ours))} : ${seconds(median(theirs))})`,
    bound: bound === null ? '' : `≤ ${bound.toFixed(2)} ×`,
    holds: bound === null ? null : value <= bound,
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Prints them; a bound that was missed makes the process end with 1. */
export function printVerdicts(verdicts: readonly Verdict[]): void {
  if (verdicts.some(({ holds }) => holds === false)) process.exitCode = 1;
  console.log('\n| What | Measured | Bound | |\n|---|---|---|---|');
  for (const { what, figure, bound, holds } of verdicts) {
    console.log(`| ${what} | ${figure} | ${bound} | ${holds === null ? '' : holds ? 'holds' : 'MISSED'} |`);
  }
}
