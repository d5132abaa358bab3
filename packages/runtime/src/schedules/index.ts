export type { NextRuns, RunRecords } from './catchUp.ts';
export { createSchedules, type Schedules, type SchedulesOptions } from './createSchedules.ts';
export { parseCron } from './cron.ts';
export { keepSchedules } from './keep.ts';
export { nextRun } from './nextRun.ts';
export type { ScheduleRecord, ScheduleRecords } from './record.ts';
