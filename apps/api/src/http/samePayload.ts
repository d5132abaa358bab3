import { isDeepStrictEqual } from 'node:util';

/** Whether two payloads of one job ask for the same. Who asked is left out: a joined job may carry another name. */
export function samePayload(asked: object, stored: unknown): boolean {
  if (typeof stored !== 'object' || stored === null) return false;
  return isDeepStrictEqual(withoutActor(asked), withoutActor(stored));
}

function withoutActor(payload: object): Record<string, unknown> {
  const { by: _by, ...rest } = payload as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}
