import type { Log, ScheduleConfig } from '@sagekeep/contracts';
import { type Definition, definitionOf, ScheduleRecord, type ScheduleRecords } from './record.ts';

/** All schedules there should be, by name: those of the configuration, with what users said of them or put beside them. */
export async function readDefinitions(about: {
  declared: readonly ScheduleConfig[];
  records: ScheduleRecords;
  log: Log;
}): Promise<Map<string, Definition>> {
  const declared = new Map(about.declared.map((config) => [config.name, config]));
  const said = new Map<string, ScheduleRecord>();
  const { items } = await about.records.list();
  for (const item of items) {
    const record = ScheduleRecord.safeParse(item);
    if (record.success) said.set(record.data.name, record.data);
    else about.log.warn({ schedule: item.name }, 'the record of a schedule does not parse and is left out');
  }
  const definitions = new Map<string, Definition>();
  for (const name of new Set([...declared.keys(), ...said.keys()])) {
    const definition = definitionOf(said.get(name), declared.get(name));
    if (definition !== undefined) definitions.set(name, definition);
  }
  return definitions;
}
