import { randomBytes } from 'node:crypto';
import { SagekeepError } from '@sagekeep/contracts';
import { type EnterFrom, enterCopy } from '../../lock/index.ts';
import { type Connection, quoteIdentifier, quoteLiteral, type Session } from '../../server/index.ts';
import { scramVerifier } from './scram.ts';
import { notesForSuperuser } from './superuserOwner.ts';

/** A login role made for one attempt: it owns the copy and nothing else, and may do nothing else. */
export interface UntrustedRole {
  readonly name: string;
  readonly connection: Connection;
}

const prefix = 'sagekeep_untrusted_';
export const untrustedRolePattern = '^sagekeep_untrusted_[0-9a-f]{8}a[0-9]+n[0-9a-f]{4}$';

export function untrustedName(shortId: string): string {
  return `${prefix}${shortId}`;
}

function cannotCreate(cause: unknown): SagekeepError {
  return new SagekeepError(
    'PERMISSION_MISSING',
    'The file is untrusted, and the user of the database URL may not create the powerless role that it has to be restored as.',
    {
      advice:
        'Give the user CREATEROLE, or, if you know who wrote the file and what is in it, restore with --trust-file.',
      cause,
    },
  );
}

/**
 * Makes the role. It logs in with a random password that nobody else ever has; `SET ROLE` leads nowhere, because it is a
 * member of nothing. Throws `PERMISSION_MISSING`.
 */
export async function createUntrustedRole(
  session: Session,
  target: { connection: Connection; shortId: string },
): Promise<UntrustedRole> {
  const name = untrustedName(target.shortId);
  const password = randomBytes(24).toString('base64url');
  const role = quoteIdentifier(name);
  try {
    await session.query(
      `create role ${role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 20
         password ${quoteLiteral(scramVerifier(password))}`,
    );
  } catch (error) {
    throw cannotCreate(error);
  }
  await session.query(`grant ${role} to current_user`);
  return { name, connection: { ...target.connection, user: name, password } };
}

/** Ends whoever is logged in as the role, so that it can be dropped and nothing of it goes on. */
async function endRole(session: Session, name: string): Promise<void> {
  await session.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [name]);
}

/** Drops the role once its database is gone or handed over. A role that is not there is no error. */
export async function dropUntrustedRole(session: Session, name: string): Promise<void> {
  await endRole(session, name);
  await session.query(`drop role if exists ${quoteIdentifier(name)}`);
}

/**
 * Gives all that the role owns in the copy to the real owner, the database included, and takes every right back that it
 * had been given. Nothing of the copy is executed. Returns what the new owner has to know; throws `RESTORE_REFUSED` when it
 * would lend its rights to the file.
 */
export async function handOver(
  copy: EnterFrom & { readonly dbname: string },
  role: UntrustedRole,
  owner: string,
): Promise<string[]> {
  await using session = await enterCopy(copy, copy.dbname);
  const name = quoteIdentifier(role.name);
  const notes = await notesForSuperuser(session, role.name, owner);
  await session.query('begin');
  await session.query(`reassign owned by ${name} to ${quoteIdentifier(owner)}`);
  await session.query(`drop owned by ${name}`);
  await session.query('commit');
  return notes;
}
