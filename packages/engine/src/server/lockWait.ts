import { isSagekeepError } from '@sagekeep/contracts';

/**
 * How long a read of ours may wait for one lock, ms: half of PostgreSQL's `deadlock_timeout` of 1 s. Whoever of production
 * waits for us while we wait for him is let go before his server looks for the circle, where it might end him and not us.
 */
export const lockWaitMs = 500;

/** True when another session held a lock on what a statement was about, or the two waited for each other: 55P03, 40P01. */
export function isHeld(error: unknown): boolean {
  return isSagekeepError(error) && ['55P03', '40P01'].includes(String(error.facts['sqlState']));
}
