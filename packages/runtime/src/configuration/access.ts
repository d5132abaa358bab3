import { createHash } from 'node:crypto';
import type { Configuration, LoginConfig, TokenConfig } from '@sagekeep/contracts';
import type { AccessShape, FileShape } from './shape.ts';
import { fileValue, type Sources, secretVariable, variable } from './sources.ts';

/** Who may call the API and log in to the board. Only digests leave this file; the plain texts become secrets. */
export function readAccess(sources: Sources, file: FileShape): Configuration['access'] {
  const shape: AccessShape = file.access ?? {};
  const tokens = [...tokensOf(sources, shape), ...environmentTokens(sources)];
  const logins = [...loginsOf(sources, shape), ...environmentLogin(sources)];
  checkDoubles(sources, tokens, logins);
  return { tokens, logins, sessionSecret: sessionSecret(sources, shape) };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function environmentTokens(sources: Sources): TokenConfig[] {
  return (['operator', 'viewer'] as const).flatMap((role) => {
    const token = secretVariable(sources, `SAGEKEEP_${role.toUpperCase()}_TOKEN`);
    return token === null ? [] : [{ name: role, role, sha256: digest(token) }];
  });
}

function environmentLogin(sources: Sources): LoginConfig[] {
  const password = secretVariable(sources, 'SAGEKEEP_BOARD_PASSWORD');
  if (password === null) return [];
  const user = variable(sources, 'SAGEKEEP_BOARD_USER') ?? 'operator';
  return [{ user, role: 'operator', sha256: digest(password) }];
}

function tokensOf(sources: Sources, shape: AccessShape): TokenConfig[] {
  return (shape.tokens ?? []).flatMap(({ name, role, ...given }, index) => {
    const sha256 = digestOf(sources, `access.tokens.${index}`, {
      sha256: given.sha256,
      plain: given.token,
      file: given.token_file,
    });
    return sha256 === null ? [] : [{ name, role, sha256 }];
  });
}

function loginsOf(sources: Sources, shape: AccessShape): LoginConfig[] {
  return (shape.logins ?? []).flatMap(({ user, role, ...given }, index) => {
    const sha256 = digestOf(sources, `access.logins.${index}`, {
      sha256: given.sha256,
      plain: given.password,
      file: given.password_file,
    });
    return sha256 === null ? [] : [{ user, role, sha256 }];
  });
}

function digestOf(
  sources: Sources,
  path: string,
  given: { sha256: string | undefined; plain: string | undefined; file: string | undefined },
): string | null {
  const count = Object.values(given).filter((value) => value !== undefined).length;
  if (count !== 1) {
    sources.faults.add(path, 'give exactly one of its SHA-256, its plain text and its file');
    return null;
  }
  if (given.sha256 !== undefined) return given.sha256;
  const plain = given.plain ?? fileValue(sources, given.file ?? '', path);
  if (plain === null) return null;
  sources.secrets.add(plain);
  return digest(plain);
}

function sessionSecret(sources: Sources, shape: AccessShape): string | null {
  const named = shape.sessionSecret_file;
  const secret =
    secretVariable(sources, 'SAGEKEEP_SESSION_SECRET') ??
    shape.sessionSecret ??
    (named === undefined ? null : fileValue(sources, named, 'access.sessionSecret_file'));
  if (secret !== null) sources.secrets.add(secret);
  return secret;
}

function checkDoubles(
  sources: Sources,
  tokens: readonly TokenConfig[],
  logins: readonly LoginConfig[],
): void {
  const names = [
    ...tokens.map(({ name }) => `access.tokens: two tokens are called "${name}"`),
    ...logins.map(({ user }) => `access.logins: two logins are called "${user}"`),
  ];
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  for (const text of new Set(doubled)) {
    const [path = '', message = ''] = text.split(': ', 2);
    sources.faults.add(path, message);
  }
}
