import type { Command } from 'commander';
import type { Tool } from './tool.ts';
import { acknowledgeVerb } from './verbs/acknowledge.ts';
import { alertsVerb } from './verbs/alerts.ts';
import { backupVerb } from './verbs/backup.ts';
import { cancelVerb } from './verbs/cancel.ts';
import { cleanupVerb } from './verbs/cleanup.ts';
import { doctorVerb } from './verbs/doctor.ts';
import { forgetVerb } from './verbs/forget.ts';
import { holdVerb } from './verbs/hold.ts';
import { jobsVerb } from './verbs/jobs.ts';
import { listVerb } from './verbs/list.ts';
import { planVerb } from './verbs/plan.ts';
import { proveVerb } from './verbs/prove.ts';
import { restoreVerb } from './verbs/restore.ts';
import { retryVerb } from './verbs/retry.ts';
import { scheduleVerb } from './verbs/schedule.ts';
import { showVerb } from './verbs/show.ts';
import { statusVerb } from './verbs/status.ts';
import { undoVerb } from './verbs/undo.ts';
import { verifyVerb } from './verbs/verify.ts';

/** Every verb, in the order of the help. Adding one is one file and one line here. */
export const verbs: readonly ((tool: Tool) => Command)[] = [
  statusVerb,
  backupVerb,
  listVerb,
  showVerb,
  proveVerb,
  planVerb,
  restoreVerb,
  undoVerb,
  verifyVerb,
  cleanupVerb,
  holdVerb,
  acknowledgeVerb,
  scheduleVerb,
  jobsVerb,
  retryVerb,
  cancelVerb,
  alertsVerb,
  forgetVerb,
  doctorVerb,
];
