import { once } from 'node:events';
import { startTool } from '../tools/index.ts';
import { createTrailerWatch, cutOff, openDump, undecodable } from './decode.ts';
import type { LoadOptions } from './load.ts';

/** Reads no start-up file, and ends at the first error instead of saying "1 row" about what came after it. */
const psqlArguments = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null', '--file=-'];

/**
 * Sends an SQL dump through psql. psql ends with 0 for a dump that was cut off, whatever it was told: only the last line
 * of pg_dump says that all was there.
 */
export async function loadSql(options: LoadOptions, settings: Record<string, string>): Promise<void> {
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
  const ended = tool.done.then(
    () => true,
    () => true,
  );
  let sourceError: unknown = null;
  try {
    for await (const chunk of openDump(options.dump) as AsyncIterable<Buffer>) {
      watch.see(chunk);
      if (tool.stdin.destroyed || options.signal.aborted) break;
      if (!tool.stdin.write(chunk))
        await Promise.race([once(tool.stdin, 'drain').catch(() => undefined), ended]);
    }
  } catch (error) {
    sourceError = error;
  }
  tool.stdin.end();
  await tool.done;
  if (sourceError !== null) throw undecodable(options.dump.name, sourceError);
  if (!watch.complete()) throw cutOff(options.dump.name);
}
