import type { Backup, DatabaseConfig, StatusLine } from '@sagekeep/contracts';
import { isGoodRegular, isProven, isRegular } from '@sagekeep/storage';
import { counted, duration } from '../text/units.ts';
import { newest } from './backups.ts';
import type { DatabaseFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';

type RpoFacts = Pick<DatabaseFacts, 'config' | 'backups' | 'now'>;

/**
 * The backup whose age the RPO means: the newest proven one or, where nothing is ever proven, the newest regular one that
 * nothing speaks against. Null for none.
 */
export function rpoBackup({ config, backups }: Pick<RpoFacts, 'config' | 'backups'>): Backup | null {
  if (!isNeverProven(config)) return newest(backups.filter(isProven));
  return newest(backups.filter(isGoodRegular));
}

/** How old what the RPO measures is; null where there is nothing to measure. */
export function measuredRpo(facts: RpoFacts): number | null {
  const backup = rpoBackup(facts);
  return backup && Math.max(0, facts.now.getTime() - Date.parse(backup.manifest.snapshotAt));
}

/** Age of the newest proven snapshot (without proofs: of the newest backup) against the target. */
export function rpoLine(facts: RpoFacts): StatusLine {
  const { config, now } = facts;
  const target = duration(config.rpoMs);
  const counts = rpoBackup(facts);
  if (counts === null) return nothingCounts(facts);
  const at = Date.parse(counts.manifest.snapshotAt);
  const age = duration(Math.max(0, now.getTime() - at));
  const what = isNeverProven(config) ? 'newest backup' : 'newest proven snapshot';
  const measured = isNeverProven(config) ? `target ${target}; proofs are switched off` : `target ${target}`;
  if (now.getTime() - at <= config.rpoMs) return okLine('rpo', `${what} is ${age} old (${measured})`);
  return badLine('fail', {
    id: 'rpo',
    text: `${what} is ${age} old, ${measured}`,
    since: new Date(at + config.rpoMs),
    ...reasonFor(facts, counts),
  });
}

function isNeverProven({ proof }: DatabaseConfig): boolean {
  return proof.when === 'never';
}

/** Why nothing newer counts. */
function reasonFor({ config, backups }: RpoFacts, counts: Backup): { why: string; command: string } {
  const last = newest(backups.filter(isRegular));
  if (last === null || last.manifest.snapshotAt <= counts.manifest.snapshotAt)
    return { why: 'no backup was made since', command: `sagekeep backup ${config.name}` };
  if (isNeverProven(config))
    return {
      why: 'newer backups exist but none of them is whole',
      command: `sagekeep backup ${config.name}`,
    };
  return {
    why: 'newer backups exist but none of them is proven',
    command: `sagekeep prove ${last.manifest.id}`,
  };
}

function nothingCounts({ config, backups, now }: RpoFacts): StatusLine {
  const first = backups.at(-1)?.manifest;
  const last = newest(backups)?.manifest;
  if (first === undefined || last === undefined || isNeverProven(config)) {
    return badLine('fail', {
      id: 'rpo',
      text: 'nothing to restore from',
      since: null,
      why: isNeverProven(config)
        ? 'there is no backup that is whole, safety backups aside'
        : 'there is no backup, so there is no proven one',
      command: `sagekeep backup ${config.name}`,
    });
  }
  const fresh = now.getTime() - Date.parse(first.finishedAt) <= config.rpoMs;
  return badLine(fresh ? 'warn' : 'fail', {
    id: 'rpo',
    text: `no proven backup (${counted(backups.length, 'backup')} not proven)`,
    since: first.finishedAt,
    why: 'no backup of this database has been restored aside and compared yet',
    command: `sagekeep prove ${last.id}`,
  });
}
