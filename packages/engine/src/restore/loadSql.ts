import { randomBytes } from 'node:crypto';
import { feed } from '../inventory/feed.ts';
import { startTool } from '../tools/index.ts';
import { createTrailerWatch, cutOff, openDump, undecodable } from './decode.ts';
import { guardSql, knowsRestrict, requireRestrict } from './foreign/guardSql.ts';
import type { LoadOptions } from './load.ts';

/** Reads no start-up file, and ends at the first error instead of saying "1 row" about what came after it. */
const psqlArguments = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null', '--file=-'];

/** A stranger's file only with meta-commands refused; everybody's where psql can. */
function sqlOf(options: LoadOptions): AsyncIterable<Buffer> {
  const source = openDump(options.dump) as AsyncIterable<Buffer>;
  if (options.foreign === undefined) return source;
  if (!options.foreign.trusted) requireRestrict(options.tools);
  return knowsRestrict(options.tools) ? guardSql(source, randomBytes(24).toString('hex')) : source;
}

/**
 * Sends an SQL dump through psql. psql ends with 0 for a dump that was cut off, whatever it was told: only the last line
 * of pg_dump says that all was there.
 */
export async function loadSql(options: LoadOptions, settings: Record<string, string>): Promise<void> {
  const sql = sqlOf(options);
  const tool = await startTool({
    file: options.tools.psql,
    args: psqlArguments,
    connection: options.connection,
    applicationName: options.applicationName,
    settings,
    signal: options.signal,
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
  });
  tool.stdout.resume();
  const watch = createTrailerWatch();
  let sourceError: unknown = null;
  try {
    for await (const chunk of sql) {
      watch.see(chunk);
      if (tool.stdin.destroyed || options.signal.aborted) break;
      await feed(tool.stdin, chunk);
    }
  } catch (error) {
    sourceError = error;
  }
  tool.stdin.end();
  await tool.done;
  if (sourceError !== null) throw undecodable(options.dump.name, sourceError);
  if (!watch.complete()) throw cutOff(options.dump.name);
}
