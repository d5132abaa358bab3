import { SagekeepError } from '@sagekeep/contracts';

/** Throws `CONFIRMATION_MISMATCH` unless the text is one of the names that are about to change. */
export function assertConfirmed(field: string, given: string, names: readonly string[]): void {
  if (names.includes(given)) return;
  const wanted = [...new Set(names)].map((name) => `"${name}"`).join(' or ');
  throw new SagekeepError('CONFIRMATION_MISMATCH', `${field} must be ${wanted}; nothing was started`, {
    advice: `repeat the request with ${field} ${wanted} if that is what you mean to change`,
    facts: { errors: [{ field, message: `must be ${wanted}` }] },
  });
}
