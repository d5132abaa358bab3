import type { ScheduleConfig } from '@sagekeep/contracts';
import { type Definition, definitionOf, ScheduleRecord, type ScheduleRecords } from './record.ts';

/** What should be in Redis. */
export interface Wanted {
  /**
   * All schedules there should be, by name: those of the configuration, with what users said of them or put beside them;
   * without those of which nobody knows what users said.
   */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Names whose record is damaged: what a user said of them, be it that they are off, cannot be read any more. */
  readonly damaged: ReadonlySet<string>;
}

export async function readDefinitions(about: {
  declared: readonly ScheduleConfig[];
  records: ScheduleRecords;
}): Promise<Wanted> {
  const declared = new Map(about.declared.map((config) => [config.name, config]));
  const said = new Map<string, ScheduleRecord>();
  const { items, damaged: unparsed } = await about.records.list();
  const damaged = new Set(unparsed);
  for (const item of items) {
    const record = ScheduleRecord.safeParse(item);
    if (record.success) said.set(record.data.name, record.data);
    else damaged.add(item.name);
  }
  const definitions = new Map<string, Definition>();
  for (const name of new Set([...declared.keys(), ...said.keys()])) {
    if (damaged.has(name)) continue;
    const definition = definitionOf(said.get(name), declared.get(name));
    if (definition !== undefined) definitions.set(name, definition);
  }
  return { definitions, damaged };
}
