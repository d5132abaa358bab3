import { beforeEach, describe, expect, it } from 'vitest';
import { createLoginLimiter, type LoginLimiter } from './limiter.ts';

let time = 0;
let limiter: LoginLimiter;
const fail = (times: number, address = '10.0.0.1', user = 'ada') => {
  for (let n = 0; n < times; n += 1) limiter.failed(address, user);
};
const allowed = (address = '10.0.0.1', user = 'ada') => {
  try {
    limiter.assertAllowed(address, user);
    return true;
  } catch {
    return false;
  }
};

beforeEach(() => {
  time = 0;
  limiter = createLoginLimiter(() => new Date(time));
});

describe('failed logins', () => {
  it('are ten for one user from one address, until the window ends', () => {
    fail(9);
    expect(allowed()).toBe(true);
    fail(1);
    expect(allowed()).toBe(false);
    expect(() => limiter.assertAllowed('10.0.0.1', 'ada')).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_ATTEMPTS', facts: { retryAfterSeconds: 300 } }),
    );
    time = 5 * 60_000;
    expect(allowed()).toBe(true);
  });

  it('of one do not stop another user or another address', () => {
    fail(10);
    expect(allowed('10.0.0.1', 'bob')).toBe(true);
    expect(allowed('10.0.0.2', 'ada')).toBe(true);
  });

  it('are fifty for all users together from one address', () => {
    for (let n = 0; n < 50; n += 1) fail(1, '10.0.0.1', `user${n}`);
    expect(allowed('10.0.0.1', 'somebody else')).toBe(false);
    expect(allowed('10.0.0.2', 'somebody else')).toBe(true);
  });

  it('from very many addresses do not fill the memory, and recent ones stay known', () => {
    fail(10, '10.0.0.9');
    for (let n = 0; n < 4_000; n += 1) fail(1, `2001:db8::${n}`);
    expect(allowed('10.0.0.9')).toBe(false);
  });
});
