import {
  BackupPayload,
  CleanupPayload,
  type JobContext,
  PlanPayload,
  type PostRestore,
  ProvePayload,
  RestorePayload,
  SagekeepError,
  UndoPayload,
  VerifyPayload,
} from '@sagekeep/contracts';
import { type Engine, restoreResult } from '@sagekeep/engine';
import type { Work } from '../desk.ts';

/** Does a piece of work right here; resolves with what the job of that name would have as its result. */
export async function perform(engine: Engine, work: Work, context: JobContext): Promise<unknown> {
  const by = context.actor;
  switch (work.job) {
    case 'backup': {
      const { manifest } = await engine.backup(BackupPayload.parse({ ...work.body, by }), context);
      return { backup: manifest.id, proof: null };
    }
    case 'plan':
      return { plan: await engine.plan(PlanPayload.parse({ ...work.body, by }), context) };
    case 'restore': {
      const { record } = await engine.restore(RestorePayload.parse({ ...restoreOf(work.body), by }), context);
      return restoreResult(record);
    }
    case 'undo': {
      const { database, id } = work.restore;
      const { record, downtimeMs } = await engine.undo(
        UndoPayload.parse({ database, restore: id, by }),
        context,
      );
      return { restore: record.id, downtimeMs };
    }
    case 'prove': {
      const proof = await engine.prove(ProvePayload.parse({ ...work.body, by }), context);
      return { status: proof.result === 'failed' ? 'fail' : 'pass', proof };
    }
    case 'verify': {
      const { status, findings } = await engine.verify(VerifyPayload.parse({ ...work.body, by }), context);
      return { status, findings };
    }
    case 'cleanup': {
      const payload = CleanupPayload.parse({ ...work.body, by });
      // Nobody was asked which jobs wait, so whatever a job might read is kept.
      const { plan } = await engine.cleanup(payload, context, { backups: [], known: false });
      return {
        plan: plan.plan,
        freedBytes: plan.freedBytes,
        planHash: plan.planHash,
        refused: plan.refused,
        dryRun: payload.dryRun,
      };
    }
  }
}

function restoreOf({ confirm: _confirmed, withoutSafety, ...body }: PostRestore) {
  return { ...body, withoutSafety: withoutSafety !== undefined };
}

/** What the API checks of a restore, checked here: the names that were typed must be the name. */
export function assertConfirmed(work: Work): void {
  if (work.job !== 'restore') return;
  const { into, database, confirm, withoutSafety } = work.body;
  const name = into ?? database;
  const wrong = [confirm, withoutSafety ?? name].find((typed) => typed !== name);
  if (wrong === undefined) return;
  throw new SagekeepError('CONFIRMATION_MISMATCH', `The confirmation is "${wrong}", not "${name}".`, {
    advice: 'Nothing was started.',
  });
}
