import { type Backup, defaultScrubWithinMs, type StatusLine } from '@sagekeep/contracts';
import { isRegular, isSuspect, lastRead } from '@sagekeep/storage';
import { byteSize, counted, duration } from '../text/units.ts';
import { newest, storedBytes } from './backups.ts';
import type { DatabaseFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';
import { measuredRto } from './rto.ts';

/** How long the proof of a new backup may take before its absence is worth a warning: a quarter of the RPO. */
const proofPatience = 0.25;

export function backupLine({ config, backups, now }: DatabaseFacts): StatusLine {
  const last = newest(backups);
  if (last === null) {
    return badLine('fail', {
      id: 'backup',
      text: 'no backup',
      since: null,
      why: `the storage holds no backup of ${config.name}`,
      command: `sagekeep backup ${config.name}`,
    });
  }
  const age = now.getTime() - Date.parse(last.manifest.snapshotAt);
  const text = `last backup ${last.manifest.id}, ${duration(age)} old, ${byteSize(storedBytes(last))}`;
  if (age >= 0) return okLine('backup', text);
  return badLine('warn', {
    id: 'backup',
    text: `last backup ${last.manifest.id} is dated ${duration(-age)} in the future`,
    since: null,
    why: 'the clock here and the clock of the worker that made it disagree',
    command: 'sagekeep doctor',
  });
}

/** What is known of the newest backup: its proof, or how long it has been waiting for one. Safety backups wait for none. */
export function proofLine(facts: DatabaseFacts): StatusLine[] {
  const last = newest(facts.backups.filter(isRegular));
  if (last === null) return [];
  const { manifest, marks } = last;
  if (marks.proof?.result === 'failed') {
    return [
      badLine('fail', {
        id: 'proof',
        text: `the proof of ${manifest.id} failed`,
        since: marks.proof.at,
        why: marks.proof.error ?? `${counted(marks.proof.differences.length, 'difference')} found`,
        command: `sagekeep show ${manifest.id}`,
      }),
    ];
  }
  if (marks.proof !== null) return [okLine('proof', provenText(last, facts.now))];
  return facts.config.proof.when === 'never' ? [] : awaited(facts, last);
}

function provenText({ manifest, marks: { proof } }: Backup, now: Date): string {
  const age = duration(Math.max(0, now.getTime() - Date.parse(proof?.at ?? manifest.finishedAt)));
  const spared = proof?.vectorIndexes === false ? ', vector indexes not built' : '';
  return `${manifest.id} is ${proof?.result ?? 'not proven'}, ${age} ago${spared}`;
}

function awaited({ config, now }: DatabaseFacts, { manifest }: Backup): StatusLine[] {
  const waited = now.getTime() - Date.parse(manifest.finishedAt);
  if (waited <= config.rpoMs * proofPatience) {
    return [okLine('proof', `${manifest.id} waits for its proof (${duration(Math.max(0, waited))})`)];
  }
  return [
    badLine('warn', {
      id: 'proof',
      text: `${manifest.id} is not proven`,
      since: manifest.finishedAt,
      why: `it should have been proven right after it was made, ${duration(waited)} ago`,
      command: `sagekeep prove ${manifest.id}`,
    }),
  ];
}

/** Measured time to be back against the target. */
export function rtoLine(facts: DatabaseFacts): StatusLine {
  const { config } = facts;
  const target = duration(config.rtoMs);
  const measured = measuredRto(facts);
  if (measured === null) {
    return badLine('unknown', {
      id: 'rto',
      text: `time to be back is not measured (target ${target})`,
      since: null,
      why: 'no restore and no proof that builds every index has been run',
      command: `sagekeep prove latest --database ${config.name} --drill`,
    });
  }
  const text = `time to be back ${duration(measured.ms)} (target ${target})`;
  if (measured.ms <= config.rtoMs) return okLine('rto', text);
  return badLine('warn', {
    id: 'rto',
    text,
    since: measured.at,
    why: 'the last measured restore, scaled by the size of today, takes longer than the target',
    command: `sagekeep plan ${config.name} latest`,
  });
}

/** How much longer than it should an archive may lie unread: a run of the scrub may have been missed. */
const scrubPatienceMs = 2 * 24 * 3_600_000;

/** Archives that nothing has read for too long: what rots meanwhile is noticed in a restore. */
export function unreadLines({ config, backups, now }: DatabaseFacts): StatusLine[] {
  const within = config.proof.scrubWithinMs ?? defaultScrubWithinMs;
  const overdue = backups
    .map((backup) => ({ id: backup.manifest.id, at: lastRead(backup) }))
    .filter(({ at }) => now.getTime() - at.getTime() > within + scrubPatienceMs)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const [longest] = overdue;
  if (longest === undefined) return [];
  return [
    badLine('warn', {
      id: 'scrub',
      text: `${counted(overdue.length, 'archive')} not read again within ${duration(within)}`,
      since: new Date(longest.at.getTime() + within),
      why: `${longest.id} was last read ${duration(now.getTime() - longest.at.getTime())} ago`,
      command: 'sagekeep schedule enable scrub',
    }),
  ];
}

/** Backups that are not what they were: damaged files, folders without a manifest, suspect content. */
export function damageLines({ config, backups, damaged, incidents }: DatabaseFacts): StatusLine[] {
  const scrubbed = backups.filter(({ marks }) => marks.scrub?.result === 'damaged');
  const suspects = backups.filter(isSuspect);
  return [
    ...damaged.map(({ id, reason, unread }) =>
      badLine('warn', {
        id: `damaged:${id}`,
        text:
          unread === true
            ? `${id} cannot be read; no backup of ${config.name} is deleted meanwhile`
            : `${id} is damaged and does not count as a backup`,
        since: incidents.find(({ key }) => key === `damaged:${id}`)?.openedAt ?? null,
        why: reason,
        command: `sagekeep show ${id}`,
      }),
    ),
    ...scrubbed.map(({ manifest, marks }) =>
      badLine('fail', {
        id: `scrub:${manifest.id}`,
        text: `${manifest.id} has damaged files`,
        since: marks.scrub?.at ?? null,
        why: `${marks.scrub?.damaged.join(', ') ?? ''} no longer match the digests in its manifest`,
        command: `sagekeep backup ${config.name}`,
      }),
    ),
    ...suspects.map(({ manifest, marks }) =>
      badLine('fail', {
        id: `suspect:${manifest.id}`,
        text: `${manifest.id} is suspect; retention of ${config.name} is frozen`,
        since: marks.suspect?.at ?? null,
        why: marks.suspect?.reasons.join('; ') ?? '',
        command: `sagekeep acknowledge ${manifest.id} --reason "…"`,
      }),
    ),
  ];
}
