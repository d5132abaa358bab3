import { runTool, type ToolRun } from '../tools/index.ts';
import type { LoadOptions } from './loadOptions.ts';

/** One run of pg_restore on the dump. */
export interface PgRestoreRun {
  readonly section: 'pre-data' | 'data' | 'post-data' | 'all';
  readonly jobs: number;
  readonly settings: Readonly<Record<string, string>>;
  /** A file for `pg_restore -L`: only these entries are loaded. */
  readonly list: string | undefined;
}

function sectionArguments(options: LoadOptions, { section, jobs, list }: PgRestoreRun): string[] {
  return [
    '--exit-on-error',
    ...(section === 'all' ? [] : [`--section=${section}`]),
    // Who owns what is for the person who restores a stranger's file to say, not for the file.
    ...(options.foreign?.trusted === false ? ['--no-owner', '--no-privileges'] : []),
    ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
    ...(list === undefined ? [] : [`--use-list=${list}`]),
    // The name comes from PGDATABASE too, but without -d pg_restore would print instead of connecting.
    '--dbname=',
    ...(options.dump.compression === 'none' || options.foreign === undefined ? [options.dump.path] : []),
  ];
}

export function pgRestoreRun(options: LoadOptions, run: PgRestoreRun): ToolRun {
  return {
    file: options.tools.pgRestore,
    args: sectionArguments(options, run),
    connection: options.connection,
    applicationName: options.applicationName,
    settings: run.settings,
    signal: options.signal,
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
  };
}

/** Loads a section, stopping at the first error. */
export async function pgRestore(options: LoadOptions, run: PgRestoreRun): Promise<void> {
  await runTool(pgRestoreRun(options, run));
}
