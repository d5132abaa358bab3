import type { Log, ScheduleConfig } from '@sagekeep/contracts';
import { type Definition, fromConfig, fromRecord, ScheduleRecord, type ScheduleRecords } from './record.ts';

/** All schedules there should be, by name: those of the configuration, with those that users put in their place. */
export async function readDefinitions(about: {
  declared: readonly ScheduleConfig[];
  records: ScheduleRecords;
  log: Log;
}): Promise<Map<string, Definition>> {
  const definitions = new Map(about.declared.map((config) => [config.name, fromConfig(config)]));
  const { items } = await about.records.list();
  for (const item of items) {
    const record = ScheduleRecord.safeParse(item);
    if (record.success) definitions.set(record.data.name, fromRecord(record.data));
    else about.log.warn({ schedule: item.name }, 'the record of a schedule does not parse and is left out');
  }
  return definitions;
}
