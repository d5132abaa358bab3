import { type Answer, type Check, pass, some } from '../check.ts';

interface Slot {
  readonly name: string;
  readonly active: boolean;
  /** Null where the slot reserves nothing, and on servers before 13. */
  readonly status: string | null;
  /** Bytes of WAL; null where the server cannot tell. */
  readonly held: string | null;
}

const gibibyte = 1024 ** 3;

/**
 * Bytes of WAL that one slot may hold. Our choice, PostgreSQL has no such bound: what nobody reads only grows, a reader
 * that lags is given the time of a large load, and what is beyond the last bound fills most disks, read or not.
 */
const bounds = { idle: gibibyte, active: 10 * gibibyte, any: 100 * gibibyte } as const;

/** What wal_status says of a slot whose reader cannot go on, or will not be able to. */
const losses: Readonly<Record<string, string>> = {
  lost: 'its WAL is lost',
  unreserved: 'its WAL is about to be removed',
};

export const connectionSlots: Check = {
  id: 'connection.slots',
  title: 'Replication slots',
  group: 'connection',
  mode: 'quick',
  asks: 'Does a replication slot keep so much WAL that the disk fills, or has it lost WAL that its reader needs?',
  worst: 'fail',
  expected:
    'at most 1 GiB of WAL held by an idle slot, 10 GiB by an active one (above 100 GiB it fails); none that loses its WAL',
  advice:
    "Bring its reader back, or look at why it lags; drop one that nobody needs: select pg_drop_replication_slot('NAME')",
  async run(probe) {
    const slots = await probe.query<Slot>(`
      select slot_name as name, active, to_jsonb(s) ->> 'wal_status' as status,
             (case when pg_is_in_recovery() then null
                   else pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) end)::bigint::text as held
      from pg_replication_slots s order by 1`);
    return judgeSlots(slots);
  },
};

export function judgeSlots(slots: readonly Slot[]): Answer {
  if (slots.length === 0) return pass('none');
  for (const status of ['fail', 'warn'] as const) {
    const found = slots.filter((slot) => gradeOf(slot) === status);
    if (found.length > 0) return { status, value: some(found.map(textOf)) };
  }
  return pass(`${slots.length}: ${some(slots.map(textOf))}`);
}

function gradeOf({ active, status, held }: Slot): Answer['status'] {
  const bytes = Number(held ?? 0);
  if (losses[status ?? ''] !== undefined || bytes > bounds.any) return 'fail';
  return bytes > (active ? bounds.active : bounds.idle) ? 'warn' : 'pass';
}

function textOf({ name, active, status, held }: Slot): string {
  const words = [active ? 'active' : 'idle'];
  if (held !== null) words.push(`holds ${amount(Number(held))}`);
  const loss = losses[status ?? ''];
  if (loss !== undefined) words.push(loss);
  return `${name} (${words.join(', ')})`;
}

function amount(bytes: number): string {
  if (bytes < gibibyte) return `${Math.round(bytes / 1024 ** 2)} MiB`;
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
