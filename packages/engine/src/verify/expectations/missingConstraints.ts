import type { ExpectedConstraint } from './expected.ts';
import { type LiveConstraint, plainName } from './live.ts';

/**
 * What is expected and not there. A constraint with a name is found by it; each of the others needs one of its own of
 * that kind, over those columns.
 */
export function missingConstraints(
  expected: readonly ExpectedConstraint[],
  live: readonly LiveConstraint[],
): string[] {
  const taken = new Set<LiveConstraint>();
  const named = expected.filter(({ name }) => name !== null);
  const unnamed = expected.filter(({ name }) => name === null);
  return [...named, ...unnamed].flatMap((wanted) => {
    const there = live.filter(({ schema, table }) => schema === wanted.schema && table === wanted.table);
    const found =
      wanted.name === null
        ? there.find((one) => !taken.has(one) && isAlike(wanted, one))
        : there.find(({ name }) => name === wanted.name);
    if (found === undefined) return [`${described(wanted)} is missing`];
    // PostgreSQL itself makes one of several over the same columns, unless they are checks or foreign keys.
    if (wanted.kind === 'check' || wanted.kind === 'foreign key') taken.add(found);
    return isAlike(wanted, found) ? [] : [`${described(wanted)} is ${shape(found)}, not ${shape(wanted)}`];
  });
}

function isAlike(wanted: ExpectedConstraint, live: LiveConstraint): boolean {
  const kind =
    wanted.kind === 'unknown' ||
    wanted.kind === live.kind ||
    (wanted.name === null && wanted.kind === 'unique' && live.kind === 'primary key');
  return kind && (wanted.columns === null || sorted(wanted.columns) === sorted(live.columns));
}

function sorted(columns: readonly string[]): string {
  return JSON.stringify(columns.toSorted());
}

function described(wanted: ExpectedConstraint): string {
  return `${wanted.name ?? shape(wanted)} of ${plainName(wanted.schema, wanted.table)}`;
}

function shape({ kind, columns }: Pick<ExpectedConstraint, 'kind' | 'columns'>): string {
  return columns === null || kind === 'check' ? kind : `${kind} (${columns.join(', ')})`;
}
