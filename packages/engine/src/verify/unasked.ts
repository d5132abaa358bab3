import { isSagekeepError } from '@sagekeep/contracts';
import { vanished } from '../server/index.ts';

export interface Reason {
  readonly why: string;
  readonly advice: string;
}

export const later = 'Verify again at a quieter time.';

/** SQLSTATEs that say the question could not be asked here and now, not that something is broken. */
const byState: Readonly<Record<string, Reason>> = {
  '57014': { why: 'it took longer than allowed and was ended', advice: later },
  '55P03': { why: 'another session holds a lock on what it wanted to read', advice: later },
  '40P01': { why: 'it and another session waited for each other', advice: later },
  '40001': { why: 'the standby had to replay what the question stood in the way of', advice: later },
  '25006': {
    why: 'it would have had to write, which no verification does',
    advice: 'Look which function of the users it called: one that an index is made of should only compute.',
  },
  '42P01': { why: 'something that it wanted to read was dropped meanwhile', advice: later },
  '42703': { why: 'this server does not have what it wanted to read', advice: later },
  '42883': { why: 'this server does not have what it wanted to call', advice: later },
};

/** The same for what client tools say, and for what there is no server to say. */
const byCode: Readonly<Record<string, string>> = {
  PERMISSION_MISSING: 'permission denied',
  OBJECT_BUSY: 'another session holds a lock on what it wanted to read',
  TOOLS_MISSING: 'the client tools for it are missing',
  TOOLS_TOO_OLD: 'the client tools are too old for it',
  SERVER_UNREACHABLE: 'the server took no other connection',
  SERVER_GONE: 'the connection was lost during this check',
};

/** Why an error only means that a question could not be asked; null for one that means damage, or a fault of ours. */
export function unaskedReason(error: unknown): Reason | null {
  if (!isSagekeepError(error)) return null;
  const state = byState[String(error.facts['sqlState'] ?? '')];
  if (state !== undefined) return state;
  const why = byCode[error.code];
  return why === undefined ? null : { why, advice: error.advice ?? later };
}

/**
 * True for what is said of an object that was dropped after it was listed, or of an index that a concurrent rebuild has
 * taken out of use since.
 */
export function mayHaveVanished(error: unknown): boolean {
  if (!isSagekeepError(error)) return false;
  return isUndefinedTable(error) || vanished.test(error.message);
}

/** True when a name that was listed names nothing any more: dropped, or renamed. */
export function isUndefinedTable(error: unknown): boolean {
  return isSagekeepError(error) && error.facts['sqlState'] === '42P01';
}
