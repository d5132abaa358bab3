import type { DatabaseProperties } from '@sagekeep/contracts';
import { type Session, serverVersion } from '../server/index.ts';
import { ownerObstacle } from './ownerRights.ts';
import { creationObstacle } from './preflight.ts';
import type { PresentDatabase } from './properties.ts';
import { settingObstacle } from './settingRights.ts';

interface SwapBack {
  readonly live: PresentDatabase | null;
  readonly incoming: PresentDatabase;
  /** What the live name shall have when nothing has it now. */
  readonly wanted: DatabaseProperties;
}

/** Throws the first right that the swap back would miss, told as before a restore: nobody is shut out in vain. */
export async function requireUndoRights(
  session: Session,
  { live, incoming, wanted }: SwapBack,
): Promise<void> {
  const named = live ?? { ...incoming, properties: wanted };
  const owners = [named.properties.owner, incoming.properties.owner];
  const { major } = await serverVersion(session);
  const obstacle =
    (await creationObstacle(session)) ??
    (await ownerObstacle(session, { owners, serverMajor: major })) ??
    (await settingObstacle(session, named, 'undo'));
  if (obstacle !== null) throw obstacle;
}
