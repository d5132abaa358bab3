import { describe, expect, it } from 'vitest';
import { sha256 } from './digest.ts';
import { createSessions, sessionMs } from './sessions.ts';

const ada = { user: 'ada', role: 'operator' as const, sha256: sha256('secret') };
const access = (changes: Partial<typeof ada> = {}, sessionSecret: string | null = 'key') => ({
  tokens: [],
  logins: [{ ...ada, ...changes }],
  sessionSecret,
});
const noon = new Date('2026-11-22T12:00:00Z');

describe('a session', () => {
  it('is known again, also by another process with the same key', () => {
    const cookie = createSessions(access(), () => noon).open(ada);
    const identity = { name: 'ada', role: 'operator', by: 'cookie' };
    expect(createSessions(access(), () => noon).identify(cookie)).toEqual(identity);
  });

  it('ends with its time, its logout, its password, its role, its login and its key', () => {
    const sessions = createSessions(access(), () => noon);
    const cookie = sessions.open(ada);
    const later = () => new Date(noon.getTime() + sessionMs);
    expect(createSessions(access(), later).identify(cookie)).toBeNull();
    expect(createSessions(access({ sha256: sha256('new') }), () => noon).identify(cookie)).toBeNull();
    expect(createSessions(access({ user: 'bob' }), () => noon).identify(cookie)).toBeNull();
    expect(createSessions(access({}, 'another key'), () => noon).identify(cookie)).toBeNull();
    expect(createSessions(access({}, null), () => noon).identify(cookie)).toBeNull();
    sessions.close(cookie);
    expect(sessions.identify(cookie)).toBeNull();
  });

  it('cannot be made up', () => {
    const sessions = createSessions(access(), () => noon);
    const [body = '', signature = ''] = sessions.open(ada).split('.');
    const forged = Buffer.from(JSON.stringify({ user: 'ada', id: 'x', expiresAt: 9e15 })).toString(
      'base64url',
    );
    for (const cookie of [
      '',
      '.',
      body,
      `${body}.`,
      `${forged}.${signature}`,
      `${body}.${'0'.repeat(64)}`,
      'e30.x',
    ]) {
      expect(sessions.identify(cookie), cookie).toBeNull();
      expect(() => sessions.close(cookie)).not.toThrow();
    }
  });
});
