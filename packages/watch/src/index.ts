export { isProven, isSuspect } from '@sagekeep/storage';
export { pingRun, type Run } from './alert/channels/healthchecks.ts';
export { type DeliverDependencies, deliver } from './alert/deliver.ts';
export { reachChannel } from './alert/reachChannel.ts';
export { anomalies } from './anomaly/anomalies.ts';
export { type ExamineDependencies, examineBackup } from './anomaly/examineBackup.ts';
export { type ContentFigures, figuresOf } from './anomaly/snapshot.ts';
export { createWatch, type Watch, type WatchDependencies } from './createWatch.ts';
export type { Enqueue } from './incident/announce.ts';
export type { Cause } from './incident/cause.ts';
export { createIncidents, type IncidentDependencies, type Incidents } from './incident/incidents.ts';
export {
  createJobObserver,
  type EndedJob,
  failureKey,
  type JobError,
  type JobObserver,
} from './incident/observeJobs.ts';
export type { ContainerMoment } from './monitor/containers.ts';
export type { DiskFacts, MonitorFacts, QueueFacts, RedisFacts, ServerDisk } from './monitor/facts.ts';
export { checksFinding } from './monitor/finding.ts';
export type { Look } from './monitor/look.ts';
export { monitorFindings } from './monitor/monitorFindings.ts';
export { keepLook, newestLook, worst } from './monitor/observations.ts';
export { readRedisInfo } from './monitor/readRedisInfo.ts';
export { toldByTargets } from './monitor/targets.ts';
export { renderReport } from './report/renderReport.ts';
export { newest, storedBytes } from './status/backups.ts';
export { type CollectStatusOptions, collectStatus } from './status/collectStatus.ts';
export { coverageIn } from './status/coverage.ts';
export type { JobFacts, JobFailure, NextRun, StatusFacts, StorageFacts } from './status/facts.ts';
export { type RenderStatusOptions, renderStatus } from './status/renderStatus.ts';
export { statusOf } from './status/statusOf.ts';
export { alignColumns, padEnd, padStart, textWidth } from './text/columns.ts';
export { plainLine } from './text/plain.ts';
export { byteSize, count, counted, duration, percent } from './text/units.ts';
