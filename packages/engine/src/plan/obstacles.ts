import { isSagekeepError, type PlanPayload, type SagekeepError } from '@sagekeep/contracts';
import { requireLockRoom } from '../restore/inPlace/lockRoom.ts';
import { nothingInPlace, refuseInPlace } from '../restore/inPlace/refusals.ts';
import { requireNoSubscriptions } from '../restore/inPlace/subscriptions.ts';
import { preparedError, preparedTransactions } from '../restore/preflight.ts';
import { refuseUnsaved } from '../restore/safety.ts';
import { settingObstacle } from '../restore/settingRights.ts';
import { type Space, spaceObstacle } from '../restore/space.ts';
import { connect } from '../server/index.ts';
import type { Survey } from './survey.ts';

interface Circumstances {
  readonly space: Space;
  readonly signal: AbortSignal;
}

/** The refusal that a restore would meet here; null when it would meet none. Throws what is no refusal. */
async function refusalOf(check: () => Promise<void> | void): Promise<SagekeepError | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (isSagekeepError(error, 'RESTORE_REFUSED')) return error;
    throw error;
  }
}

async function lockRoom({ target, source, applicationName }: Survey, signal: AbortSignal): Promise<void> {
  await using session = await connect(target.connection, { applicationName, signal });
  await requireLockRoom(session, source.manifest);
}

async function inPlaceObstacles(
  survey: Survey,
  payload: PlanPayload,
  signal: AbortSignal,
): Promise<(SagekeepError | null)[]> {
  if (!payload.inPlace) return [];
  const asked = await refusalOf(() => refuseInPlace(payload, survey.source));
  const { live } = survey;
  if (live === null) return [asked, nothingInPlace()];
  return [
    asked,
    await refusalOf(() => requireNoSubscriptions(survey.session, live.name)),
    await refusalOf(() => lockRoom(survey, signal)),
  ];
}

/** Why the restore would be refused, each with what to do about it; all that it would ask before it makes anything. */
export async function obstaclesOf(
  survey: Survey,
  payload: PlanPayload,
  { space, signal }: Circumstances,
): Promise<string[]> {
  const { live, target } = survey;
  const prepared = live === null ? [] : await preparedTransactions(survey.session, live.name);
  const errors = [
    ...survey.needs.obstacles,
    spaceObstacle(space),
    live === null || payload.inPlace ? null : await settingObstacle(survey.session, live),
    live === null || prepared.length === 0 ? null : preparedError(live.name, prepared),
    await refusalOf(() => refuseUnsaved(target, live, payload)),
    ...(await inPlaceObstacles(survey, payload, signal)),
  ];
  return errors.flatMap((error) => (error === null ? [] : [`${error.message} ${error.advice ?? ''}`.trim()]));
}
