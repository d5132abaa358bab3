import type { Manifest } from '@sagekeep/contracts';
import type { Source } from '../restore/restoreSource.ts';
import type { Space } from '../restore/space.ts';
import type { Target } from '../restore/target.ts';
import type { Session } from '../server/index.ts';
import type { ExpectedTimes } from './history.ts';
import type { Material } from './material.ts';
import type { Survey } from './survey.ts';
import { swapWarnings } from './swapWarnings.ts';

function lossWarning(target: Target, { wholeMs, lockedMs }: ExpectedTimes, inPlace: boolean): string {
  const ms = inPlace ? lockedMs : wholeMs;
  const seconds = ms === null ? null : `about ${Math.ceil(ms / 1000)} s`;
  if (inPlace) {
    return (
      `In place: every table is locked from the first statement to the commit (${seconds ?? 'not measured yet'}), ` +
      "backups wait, and writes after the safety backup's snapshot are lost. Nothing is kept: the way back is to " +
      'restore the safety backup.'
    );
  }
  const interval = seconds ?? 'while the copy is built';
  return (
    `Writes after the safety backup's snapshot and before the swap (${interval}) exist only in the kept database ` +
    `"${target.connection.dbname}_before_…", which is dropped only after a closing backup of it.`
  );
}

const untrustedWarning =
  'The file has no manifest of ours, so it is untrusted: it is restored by a role that may do nothing else, and held ' +
  'only against its own rows; owners and privileges in it are left out. Which definitions would change is not known before.';

const trustedWarning =
  'The file has no manifest of ours, and --trust-file lets it do as its author likes, with every right of the user of ' +
  'the database URL. It is held only against its own rows. Which definitions would change is not known before.';

function sourceWarnings({ foreign }: Source): string[] {
  if (foreign === null) return [];
  return [foreign.trusted ? trustedWarning : untrustedWarning];
}

const nobodyKnowsSpace =
  "Nobody can tell how much space the server's disk has left: its data folder is not seen here, or its user may not ask. Look before you restore.";

/** What whoever restores should know before. */
export async function warningsOf(survey: Survey, expected: ExpectedTimes, space: Space): Promise<string[]> {
  const { live, target, source } = survey;
  const { manifest } = source;
  const inPlace = survey.material.method === 'in-place';
  return [
    ...sourceWarnings(source),
    ...(live === null
      ? ['There is no database of this name: nothing to save, nothing to swap out.']
      : [
          lossWarning(target, expected, inPlace),
          ...(await swapWarnings(survey.session, { dbname: live.name, inPlace })),
        ]),
    ...(survey.unreadable === null
      ? []
      : [
          `The definitions of the live database could not be read, so none are compared: ${survey.unreadable}`,
        ]),
    ...(space.freeBytes === null ? [nobodyKnowsSpace] : []),
    ...cronWarnings(manifest, survey.material.method),
    ...(await versionWarnings(survey.session, manifest.extensions)),
    ...poolerWarnings(target.connection.port),
    ...survey.needs.tools.warnings,
    ...manifest.warnings,
  ];
}

/** Aside it is an obstacle. */
function cronWarnings({ extensions }: Manifest, method: Material['method']): string[] {
  if (method === 'aside' || !extensions.some(({ name }) => name === 'pg_cron')) return [];
  return ['pg_cron works in one database by name (cron.database_name): check its jobs after the restore.'];
}

/** A dump creates an extension in whatever version is the server's default. A file that is not ours names none. */
async function versionWarnings(session: Session, extensions: Manifest['extensions']): Promise<string[]> {
  const rows = await session.query<{ name: string; version: string }>(
    'select name, default_version as version from pg_available_extensions',
  );
  const offered = new Map(rows.map(({ name, version }) => [name, version]));
  return extensions.flatMap(({ name, version }) => {
    const there = offered.get(name);
    if (there === undefined || version === '' || there === version) return [];
    return [
      `The extension ${name} was ${version} in the backup and would come back as ${there}, the server's own.`,
    ];
  });
}

/** PgBouncer's usual port, or a URL that says so. */
function poolerWarnings(port: number): string[] {
  if (port !== 6432) return [];
  return [
    'The URL seems to lead through a pooler (port 6432): locks need a direct connection, and PgBouncer refuses clients for 15 s after the swap unless it is paused (PAUSE, RESUME).',
  ];
}
