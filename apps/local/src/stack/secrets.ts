import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkout } from '../checkout.ts';
import { writePrivateFile } from './privateFile.ts';

/** Passwords of the private servers: they stay as long as the data does. */
export interface ServerSecrets {
  readonly postgres: string;
  readonly sage: string;
  readonly redis: string;
}

/** Who may call the API of one start: new ones every time. */
export interface AccessSecrets {
  readonly operator: string;
  readonly viewer: string;
  readonly board: string;
}

export function serverSecrets(checkout: Checkout): ServerSecrets {
  const file = join(checkout.local, 'passwords.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as ServerSecrets;
  const secrets = { postgres: secret(), sage: secret(), redis: secret() };
  writePrivateFile(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

export function accessSecrets(): AccessSecrets {
  return { operator: secret(), viewer: secret(), board: randomBytes(9).toString('base64url') };
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
