import { SagekeepError } from '@sagekeep/contracts';

/** Failed logins that one address may make for one user, and for all users together, within the window. */
const limits = { user: 10, address: 50, windowMs: 5 * 60_000, keys: 10_000 };

/** Counts failed logins. In memory: a restart forgets, which a guesser cannot cause. */
export interface LoginLimiter {
  /** Throws `TOO_MANY_ATTEMPTS` when this address has failed too often; also refuses the right password then. */
  assertAllowed(address: string, user: string): void;
  failed(address: string, user: string): void;
}

interface Count {
  failures: number;
  endsAt: number;
}

export function createLoginLimiter(now: () => Date): LoginLimiter {
  const counts = new Map<string, Count>();

  function current(key: string): Count | undefined {
    const count = counts.get(key);
    return count !== undefined && count.endsAt > now().getTime() ? count : undefined;
  }

  function add(key: string): void {
    const count = current(key) ?? { failures: 0, endsAt: now().getTime() + limits.windowMs };
    count.failures += 1;
    counts.delete(key);
    counts.set(key, count);
    const [oldest] = counts.keys();
    if (counts.size > limits.keys && oldest !== undefined) counts.delete(oldest);
  }

  function assertBelow(key: string, limit: number): void {
    const count = current(key);
    if (count === undefined || count.failures < limit) return;
    const retryAfterSeconds = Math.ceil((count.endsAt - now().getTime()) / 1000);
    const advice = `wait ${retryAfterSeconds} s and try again`;
    throw new SagekeepError('TOO_MANY_ATTEMPTS', 'too many failed logins from this address', {
      advice,
      facts: { retryAfterSeconds },
    });
  }

  return {
    assertAllowed(address, user) {
      assertBelow(userKey(address, user), limits.user);
      assertBelow(address, limits.address);
    },
    failed(address, user) {
      add(userKey(address, user));
      add(address);
    },
  };
}

function userKey(address: string, user: string): string {
  return `${address} ${user.slice(0, 200)}`;
}
