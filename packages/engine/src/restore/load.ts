import { availableParallelism } from 'node:os';
import { feed } from '../inventory/feed.ts';
import { startTool, together } from '../tools/index.ts';
import { openDump } from './decode.ts';
import type { LoadOptions } from './loadOptions.ts';
import { loadSettings } from './loadSettings.ts';
import { loadSql } from './loadSql.ts';
import { pgRestore, pgRestoreRun } from './pgRestore.ts';
import { loadPostData } from './postData.ts';

/** How many sessions a restore uses: enough to fill the cores, few enough to leave the live database some. */
export function restoreJobs(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

function oneSession(options: LoadOptions): Record<string, string> {
  return loadSettings({ ...options, jobs: 1 });
}

async function loadStream(options: LoadOptions): Promise<void> {
  const { list } = options;
  const run = pgRestoreRun(options, { section: 'all', jobs: 1, settings: oneSession(options), list });
  await together(options.signal, (signal) => {
    const tool = startTool({ ...run, signal });
    const archive = tool.then(async ({ stdin, stdout }) => {
      stdout.resume();
      for await (const chunk of openDump(options.dump) as AsyncIterable<Buffer>) {
        signal.throwIfAborted();
        await feed(stdin, chunk);
      }
      stdin.end();
    });
    return [tool.then(({ done }) => done), archive];
  });
}

/**
 * Fills an empty database from a dump, stopping at the first error: an archive by sections, parallel where that helps;
 * SQL in one stream. When it rejects, the database holds anything between nothing and everything: drop it.
 */
export async function load(options: LoadOptions): Promise<void> {
  const { jobs, list } = options;
  if (options.dump.format === 'sql') {
    await options.phase('sql', () => loadSql(options, oneSession(options)));
    return;
  }
  if (options.foreign !== undefined && options.dump.compression !== 'none') {
    // A compressed archive can only be read as a stream, once and by one session.
    await options.phase('data', () => loadStream(options));
    return;
  }
  const settings = loadSettings(options);
  // Definitions depend on one another: one session.
  await options.phase('pre-data', () => pgRestore(options, { section: 'pre-data', jobs: 1, settings, list }));
  await options.phase('data', () => pgRestore(options, { section: 'data', jobs, settings, list }));
  await options.phase('post-data', () => loadPostData(options));
}
