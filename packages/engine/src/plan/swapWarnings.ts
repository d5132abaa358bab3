import { mayEnd } from '../restore/guards.ts';
import type { Session } from '../server/index.ts';

interface Facts {
  user: string;
  superusers: string;
  foreign: string;
  slots: string[];
  subscriptions: string;
}

const factsQuery = `
  select current_user as user,
         (select count(*) from pg_stat_activity a join pg_roles r on r.rolname = a.usename
           where a.datname = $1 and r.rolsuper and not ${mayEnd}) as superusers,
         (select count(*) from pg_stat_activity a join pg_roles r on r.rolname = a.usename
           where a.datname = $1 and not r.rolsuper and not ${mayEnd}) as foreign,
         coalesce((select array_agg(slot_name::text) from pg_replication_slots where database = $1), '{}') as slots,
         (select count(*) from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1)::text as subscriptions`;

function rightWarnings(facts: Facts): string[] {
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

function slotWarning(slots: readonly string[], inPlace: boolean): string[] {
  if (slots.length === 0) return [];
  const names = slots.join(', ');
  return [
    inPlace
      ? `Logical replication slots go on, and whoever reads them may be sent every row that is loaded: ${names}. Stop the readers first.`
      : `Logical replication slots stay with the old database: ${names}. Make them anew afterwards.`,
  ];
}

interface Replaced {
  readonly dbname: string;
  readonly inPlace: boolean;
}

/** What stays behind or stands in the way of what replaces a database, named and explained. */
export async function swapWarnings(session: Session, { dbname, inPlace }: Replaced): Promise<string[]> {
  // pg_subscription is for superusers in some columns only; its count is readable by everybody.
  const [facts] = await session.query<Facts>(factsQuery, [dbname]);
  if (facts === undefined) return [];
  return [
    ...rightWarnings(facts),
    ...slotWarning(facts.slots, inPlace),
    // In place they are an obstacle.
    ...(facts.subscriptions === '0' || inPlace
      ? []
      : [
          `${facts.subscriptions} subscriptions stay with the old database and go on writing to it: disable them first, and drop them there afterwards, or no cleanup can drop it.`,
        ]),
  ];
}
