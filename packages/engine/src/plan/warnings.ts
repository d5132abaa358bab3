import type { Manifest } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';

interface Facts {
  user: string;
  superuser: boolean;
  superusers: string;
  foreign: string;
  slots: string[];
  subscriptions: string;
}

const factsQuery = `
  select current_user as user,
         (select rolsuper from pg_roles where rolname = current_user) as superuser,
         (select count(*) from pg_stat_activity a join pg_roles r on r.rolname = a.usename
           where a.datname = $1 and r.rolsuper) as superusers,
         (select count(*) from pg_stat_activity a join pg_roles r on r.rolname = a.usename
           where a.datname = $1 and not r.rolsuper and not pg_has_role(r.oid, 'member')
             and not pg_has_role('pg_signal_backend', 'member')) as foreign,
         coalesce((select array_agg(slot_name::text) from pg_replication_slots where database = $1), '{}') as slots,
         (select count(*) from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1)::text as subscriptions`;

function rightWarnings(facts: Facts): string[] {
  if (facts.superuser) return [];
  return [
    ...(facts.superusers === '0'
      ? []
      : [
          `${facts.superusers} sessions of superusers are inside, which only a superuser can end: end them by hand.`,
        ]),
    ...(facts.foreign === '0'
      ? []
      : [
          `${facts.foreign} sessions belong to roles that ${facts.user} may not end: GRANT pg_signal_backend TO it.`,
        ]),
  ];
}

/** What stays behind or stands in the way of a swap, named and explained. */
export async function swapWarnings(session: Session, dbname: string): Promise<string[]> {
  // pg_subscription is for superusers in some columns only; its count is readable by everybody.
  const [facts] = await session.query<Facts>(factsQuery, [dbname]);
  if (facts === undefined) return [];
  return [
    ...rightWarnings(facts),
    ...(facts.slots.length === 0
      ? []
      : [
          `Logical replication slots stay with the old database: ${facts.slots.join(', ')}. Make them anew afterwards.`,
        ]),
    ...(facts.subscriptions === '0'
      ? []
      : [
          `${facts.subscriptions} subscriptions stay with the old database and go on writing to it: disable them first, and drop them there afterwards, or no cleanup can drop it.`,
        ]),
  ];
}

const bound: Readonly<Record<string, string>> = {
  pg_cron: 'pg_cron works in one database by name (cron.database_name): check its jobs after the restore.',
  timescaledb:
    'TimescaleDB needs timescaledb_pre_restore() and timescaledb_post_restore(): restore it by its own guide.',
};

/** Extensions that a restore alone does not bring back to work. */
export function extensionWarnings(names: readonly string[]): string[] {
  return names.flatMap((name) => (bound[name] === undefined ? [] : [bound[name]]));
}

/** A dump creates an extension in whatever version is the server's default. A file that is not ours names none. */
export async function versionWarnings(
  session: Session,
  extensions: Manifest['extensions'],
): Promise<string[]> {
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
export function poolerWarnings(port: number): string[] {
  if (port !== 6432) return [];
  return [
    'The URL seems to lead through a pooler (port 6432): locks need a direct connection, and PgBouncer refuses clients for 15 s after the swap unless it is paused (PAUSE, RESUME).',
  ];
}
