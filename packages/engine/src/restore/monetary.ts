import { type DatabaseProperties, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';

/** How a session has to be set so that amounts of money read as they were written. */
export interface Monetary {
  readonly settings: Readonly<Record<string, string>>;
  /** What the reader of a difference should know; null when the server has the locale. */
  readonly note: string | null;
}

const invalidParameterValue = '22023';

/** The type money is text of a locale: the server must have the one in which the dump was made. */
export async function monetaryHere(
  session: Session,
  properties: DatabaseProperties & { readonly monetary?: unknown },
): Promise<Monetary> {
  const { monetary } = properties;
  if (typeof monetary !== 'string') return { settings: {}, note: null };
  try {
    await session.query(`select set_config('lc_monetary', $1, true)`, [monetary]);
    return { settings: { lc_monetary: monetary }, note: null };
  } catch (error) {
    if (!isSagekeepError(error) || error.facts['sqlState'] !== invalidParameterValue) throw error;
    const note = `The server does not have the locale ${monetary}, in which the database wrote amounts of money (lc_monetary): the type money cannot be compared here.`;
    return { settings: {}, note };
  }
}

/** An amount that the server cannot read for want of the locale says nothing about the backup. */
export function withMonetaryReason(error: unknown, { note }: Monetary): unknown {
  if (note === null || !isSagekeepError(error, 'TOOL_FAILED') || !/type money/.test(error.message)) {
    return error;
  }
  return new SagekeepError('RESTORE_REFUSED', `${note} ${error.message}`, {
    advice: 'Install that locale on the server and restart it, or use a server that has it.',
    cause: error,
  });
}
