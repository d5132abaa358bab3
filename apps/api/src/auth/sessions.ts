import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Configuration, LoginConfig } from '@sagekeep/contracts';
import { sameDigest } from './digest.ts';
import type { Identity } from './identity.ts';

/** How long a login lasts, ms. */
export const sessionMs = 12 * 3_600_000;

/** Board logins: a signed text in a cookie. Changing a login's password or role ends its sessions. */
export interface Sessions {
  /** The cookie's value for a login that was just checked. */
  open(login: LoginConfig): string;
  /** Null for what was not signed here, has expired, was closed, or belongs to a login that is gone. */
  identify(cookie: string): Identity | null;
  /** Logs out: the value is worth nothing from now on. */
  close(cookie: string): void;
}

interface Session {
  readonly user: string;
  readonly id: string;
  readonly expiresAt: number;
}

/** Without a configured secret every start makes a new one, which ends all sessions. */
export function createSessions(access: Configuration['access'], now: () => Date): Sessions {
  const secret = access.sessionSecret ?? randomBytes(32).toString('hex');
  const closed = new Map<string, number>();

  function sign(body: string, login: LoginConfig): string {
    return createHmac('sha256', secret).update(`${login.sha256}.${login.role}.${body}`).digest('hex');
  }

  function read(cookie: string): { session: Session; login: LoginConfig } | null {
    const [body = '', signature = ''] = cookie.split('.', 2);
    const session = parse(body);
    const login = access.logins.find((known) => known.user === session?.user);
    if (session === null || login === undefined || !sameDigest(signature, sign(body, login))) return null;
    return { session, login };
  }

  return {
    open(login) {
      const session: Session = { user: login.user, id: randomUUID(), expiresAt: now().getTime() + sessionMs };
      const body = Buffer.from(JSON.stringify(session)).toString('base64url');
      return `${body}.${sign(body, login)}`;
    },
    identify(cookie) {
      const found = read(cookie);
      if (found === null || found.session.expiresAt <= now().getTime() || closed.has(found.session.id))
        return null;
      return { name: found.login.user, role: found.login.role, by: 'cookie' };
    },
    close(cookie) {
      const session = read(cookie)?.session;
      if (session !== undefined) closed.set(session.id, session.expiresAt);
      for (const [id, expiresAt] of closed) if (expiresAt <= now().getTime()) closed.delete(id);
    },
  };
}

function parse(body: string): Session | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Session) : null;
  } catch {
    return null;
  }
}
