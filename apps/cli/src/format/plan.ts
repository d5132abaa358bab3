import type { Difference, RestorePlan, TableChange } from '@sagekeep/contracts';
import { byteSize, count, duration, plainLine } from '@sagekeep/watch';
import { facts, table } from './table.ts';

/** What a restore would do, for the person who decides. */
export function planText(plan: RestorePlan): string {
  const parts = [
    facts(headOf(plan)),
    part('Tables', plan.tables.length === 0 ? '' : table(tableTitles, plan.tables.map(tableRow))),
    part('Definitions that would change', plan.objects.map(differenceLine).join('\n')),
    part('Missing', missingOf(plan).join('\n')),
    part('Know before', plan.warnings.map(plainLine).join('\n')),
    part('Obstacles: it would be refused', plan.obstacles.map(plainLine).join('\n')),
    `Plan ${plan.planHash}`,
  ];
  return parts.filter((text) => text !== '').join('\n\n');
}

function part(title: string, body: string): string {
  return body === '' ? '' : `${title}\n${body.replace(/^/gm, '  ')}`;
}

function spaceOf({ neededBytes, neededFor, freeBytes }: RestorePlan): string {
  const free = freeBytes === null ? 'free space is not known' : `${byteSize(freeBytes)} free`;
  if (neededFor === undefined) return `${byteSize(neededBytes)} needed, ${free}`;
  const { copyBytes, reserveBytes, safetyBytes } = neededFor;
  const safety = safetyBytes === 0 ? '' : `, ${byteSize(safetyBytes)} safety backup`;
  const parts = `${byteSize(copyBytes)} copy, ${byteSize(reserveBytes)} reserve${safety}`;
  return `${byteSize(neededBytes)} needed (${parts}), ${free}`;
}

function headOf(plan: RestorePlan): [string, string][] {
  const method =
    plan.method === 'aside'
      ? 'built aside, proven, then swapped in'
      : 'IN PLACE, in one transaction; tables stay locked';
  return [
    ['restore', `${plainLine(plan.source)}${plan.untrusted ? ' (no manifest of ours: untrusted)' : ''}`],
    ['into', `${plainLine(plan.into)}${plan.targetExists ? '' : ' (does not exist yet)'}`],
    ['how', method],
    ['space', spaceOf(plan)],
    ['sessions', `${count(plan.sessions)} would be cut`],
    ['takes', plan.expectedMs === null ? 'not measured yet' : `about ${duration(plan.expectedMs)}`],
  ];
}

const tableTitles = ['TABLE', 'ROWS NOW', 'ROWS THEN', 'NEWER', 'NEWEST NOW'];

function tableRow({ name, rowsNow, rowsThen, newest, newer }: TableChange): string[] {
  const rows = (value: number | null) => (value === null ? '–' : count(value));
  return [
    plainLine(name),
    rows(rowsNow),
    rows(rowsThen),
    newer == null ? '' : count(newer),
    newest === null ? '' : plainLine(`${newest.value} (${newest.column})`),
  ];
}

/** `view public.v would disappear`. Exported for reports of differences elsewhere. */
export function differenceLine({ change, kind, name, excuse }: Difference): string {
  const verb = { missing: 'would disappear', unexpected: 'would appear', different: 'would differ' }[change];
  return plainLine(
    `${kind === 'entry' ? '' : `${kind} `}${name} ${verb}${excuse === undefined ? '' : ` (${excuse})`}`,
  );
}

function missingOf({ missingRoles, missingExtensions }: RestorePlan): string[] {
  return [
    ...missingRoles.map((role) => plainLine(`role ${role} (--create-roles creates it)`)),
    ...missingExtensions.map(({ name, version, available }) =>
      plainLine(
        `extension ${name} ${version} (${available === null ? 'not installed' : `the server has ${available}`})`,
      ),
    ),
  ];
}
