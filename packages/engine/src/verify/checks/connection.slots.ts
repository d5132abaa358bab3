import { type Answer, type Check, fail, pass, some, warn } from '../check.ts';

interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly status: string | null;
  /** Bytes of WAL; null where the server cannot tell. */
  readonly held: string | null;
}

const warnBytes = 1024 ** 3;

export const connectionSlots: Check = {
  id: 'connection.slots',
  title: 'Replication slots',
  group: 'connection',
  mode: 'quick',
  asks: 'Does a replication slot that nobody reads keep WAL and fill the disk?',
  worst: 'fail',
  expected: 'no idle slot that holds more than 1 GiB of WAL',
  advice: "Bring its reader back, or drop it: select pg_drop_replication_slot('NAME')",
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
  const lost = slots.filter(({ status }) => status === 'lost');
  if (lost.length > 0) return fail(`lost its WAL: ${some(lost.map(({ name }) => name))}`);
  const holding = slots.filter(({ active, held }) => !active && Number(held ?? 0) > warnBytes);
  const texts = holding.map(({ name, held }) => `${name} (${Math.round(Number(held) / 1024 ** 2)} MiB)`);
  if (holding.length === 0) return pass(`${slots.length}: ${some(slots.map(({ name }) => name))}`);
  return warn(`idle and holding WAL: ${some(texts)}`);
}
