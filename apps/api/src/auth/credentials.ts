import type { Configuration, LoginConfig } from '@sagekeep/contracts';
import { sameDigest, sha256 } from './digest.ts';
import type { Identity } from './identity.ts';

/** Checks what a caller presents against the configuration's digests. Looks at all of them, whichever fits. */
export interface Credentials {
  token(token: string): Identity | null;
  login(user: string, password: string): LoginConfig | null;
}

export function createCredentials(access: Configuration['access']): Credentials {
  return {
    token(token) {
      const digest = sha256(token);
      const [found] = access.tokens.filter((known) => sameDigest(known.sha256, digest));
      return found === undefined ? null : { name: found.name, role: found.role, by: 'token' };
    },
    login(user, password) {
      const digest = sha256(password);
      const [found] = access.logins.filter(
        (known) => sameDigest(known.sha256, digest) && known.user === user,
      );
      return found ?? null;
    },
  };
}
