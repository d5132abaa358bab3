import type { Finding, FindingStatus, Observation } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import type { DiskFacts, MonitorFacts } from './facts.ts';

/** How many earlier looks a trend is made of: a week of hourly ones. */
const looks = 168;

const ending = '-monitor';

/** Tells ids of looks: each leaves one observation for every database beside its own. */
const isLook = (id: string) => id.endsWith(ending);

/** The name of a disk in an observation: `storage`, or `data:<database>`. */
export function diskName({ database }: Pick<DiskFacts, 'database'>): string {
  return database === null ? 'storage' : `data:${database}`;
}

/** How full disks were at earlier looks of the monitor, oldest first, in the order of the names. */
export async function diskHistories(vault: Vault, names: readonly string[]): Promise<DiskFacts['history'][]> {
  const { items: earlier } = await vault.records.list('observations', { limit: looks, wanted: isLook });
  return names.map((name) =>
    earlier
      .flatMap(({ at, disks }) => {
        const free = freeBytesIn(disks, name);
        return free === null ? [] : [{ at: new Date(at), freeBytes: free }];
      })
      .toSorted((a, b) => a.at.getTime() - b.at.getTime()),
  );
}

/** When the monitor looked, and up to when every finished backup was examined. */
export interface LastLook {
  readonly at: Date;
  readonly examinedUntil: Date;
}

/** What the monitor's newest look left; null before its first. */
export async function newestLook(vault: Vault): Promise<Observation | null> {
  const { items } = await vault.records.list('observations', { limit: 1, wanted: isLook });
  return items[0] ?? null;
}

/** The monitor's last look; null before its first. */
export async function lastLook(vault: Vault): Promise<LastLook | null> {
  const last = await newestLook(vault);
  if (last === null) return null;
  const until = last['examinedUntil'];
  return { at: new Date(last.at), examinedUntil: new Date(typeof until === 'string' ? until : last.at) };
}

function freeBytesIn(disks: unknown, id: string): number | null {
  const free = (disks as Record<string, unknown> | null | undefined)?.[id];
  return typeof free === 'number' ? free : null;
}

/** Keeps what one look has seen: the figures for trends, and what did not pass. */
export async function keepLook(
  vault: Vault,
  facts: Pick<MonitorFacts, 'disks' | 'now'> & Pick<LastLook, 'examinedUntil'>,
  findings: readonly Finding[],
): Promise<Observation> {
  const status = worst(findings);
  const stamp = facts.now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const observation: Observation = {
    version: 1,
    id: `${stamp}${ending}`,
    kind: 'monitor',
    database: null,
    at: facts.now.toISOString(),
    examinedUntil: facts.examinedUntil.toISOString(),
    status: status === 'skip' ? 'pass' : status,
    disks: Object.fromEntries(facts.disks.map((disk) => [diskName(disk), disk.freeBytes])),
    findings: findings.filter((finding) => finding.status === 'warn' || finding.status === 'fail'),
  };
  await vault.records.put('observations', observation.id, observation);
  return observation;
}

/** The worst status of findings; `skip` when nothing was asked. */
export function worst(findings: readonly Pick<Finding, 'status'>[]): FindingStatus {
  const order = ['fail', 'warn', 'pass'] as const;
  return order.find((status) => findings.some((finding) => finding.status === status)) ?? 'skip';
}
