import { randomBytes } from 'node:crypto';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { feed } from '../inventory/feed.ts';
import { type RunningTool, startTool } from '../tools/index.ts';
import { createTrailerWatch, cutOff, openDump, undecodable } from './decode.ts';
import { guardSql, knowsRestrict, requireRestrict } from './foreign/guardSql.ts';
import { createOwnerFilter, type OwnerFilter } from './foreign/leaveOwners.ts';
import type { LoadOptions } from './loadOptions.ts';

/** Reads no start-up file, and ends at the first error instead of saying "1 row" about what came after it. */
const psqlArguments = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-'];
const silent = ['--output=/dev/null'];
const bare = ['--tuples-only', '--no-align'];

const randomKey = () => randomBytes(24).toString('hex');

/** A stranger's file only with meta-commands refused; everybody's where psql can. */
function guardedSql(options: LoadOptions): AsyncIterable<Buffer> {
  const source = openDump(options.dump) as AsyncIterable<Buffer>;
  if (options.foreign === undefined) return source;
  if (!options.foreign.trusted) requireRestrict(options.tools);
  return knowsRestrict(options.tools) ? guardSql(source, randomKey()) : source;
}

function misread(name: string): SagekeepError {
  return new SagekeepError(
    'RESTORE_REFUSED',
    `${name} has a line that reads like an owner or a privilege but is part of something else, so that they cannot be left out.`,
    {
      advice:
        'Dump again with --no-owner --no-privileges, or, if you know who wrote the file and what is in it, restore with --trust-file.',
      facts: { file: name },
    },
  );
}

/** The file's own role may do very little; whoever knows the file can lift that. */
function withTrustAdvice(error: unknown): unknown {
  if (!isSagekeepError(error, 'PERMISSION_MISSING')) return error;
  const { message, facts, cause } = error;
  const advice =
    'The file is untrusted and restored as a role without rights. If you know who wrote it and what is in it, restore with --trust-file.';
  return new SagekeepError('PERMISSION_MISSING', message, { advice, facts, cause });
}

async function listen(tool: RunningTool, owners: OwnerFilter | null): Promise<void> {
  for await (const chunk of tool.stdout as AsyncIterable<Buffer>) owners?.hear(chunk);
}

async function send(
  tool: RunningTool,
  sql: AsyncIterable<Buffer>,
  options: LoadOptions,
): Promise<{ complete: boolean; error: unknown }> {
  const watch = createTrailerWatch();
  let error: unknown = null;
  try {
    for await (const chunk of sql) {
      watch.see(chunk);
      if (tool.stdin.destroyed || options.signal.aborted) break;
      await feed(tool.stdin, chunk);
    }
  } catch (cause) {
    error = cause;
  }
  tool.stdin.end();
  return { complete: watch.complete(), error };
}

/**
 * Sends an SQL dump through psql. psql ends with 0 for a dump that was cut off, whatever it was told: only the last line
 * of pg_dump says that all was there.
 */
export async function loadSql(options: LoadOptions, settings: Record<string, string>): Promise<void> {
  const owners = options.foreign?.trusted === false ? createOwnerFilter(randomKey()) : null;
  const sql = owners === null ? guardedSql(options) : owners.pass(guardedSql(options));
  const tool = await startTool({
    file: options.tools.psql,
    args: [...psqlArguments, ...(owners === null ? silent : bare)],
    connection: options.connection,
    applicationName: options.applicationName,
    settings,
    signal: options.signal,
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
  });
  const heard = listen(tool, owners).catch(() => undefined);
  const { complete, error } = await send(tool, sql, options);
  await tool.done.catch((failure: unknown) => {
    throw owners === null ? failure : withTrustAdvice(failure);
  });
  await heard;
  if (error !== null) throw undecodable(options.dump.name, error);
  if (!complete) throw cutOff(options.dump.name);
  if (owners === null || owners.count() === 0) return;
  if (!owners.agrees()) throw misread(options.dump.name);
  options.onLine(
    `${owners.count()} statements about owners and privileges were left out: all will belong to the owner of the database.`,
  );
}
