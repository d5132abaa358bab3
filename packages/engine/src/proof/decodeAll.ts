import {
  type Backup,
  type BackupFile,
  isSagekeepError,
  type JobContext,
  SagekeepError,
} from '@sagekeep/contracts';
import { decodeSql } from '../restore/decode.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { type Dump, pathOf } from '../restore/source.ts';
import { type ClientTools, runTool } from '../tools/index.ts';

export interface Decoded {
  /** The dump that the scratch database is loaded from. */
  readonly dump: Dump;
  /** Every file whose digest was checked and that was decoded to its end. */
  readonly files: readonly string[];
  /** When reading them began, ISO 8601: of what became of them since, nothing is known. */
  readonly at: string;
}

interface DecodeOptions {
  readonly tools: ClientTools;
  readonly context: JobContext;
}

/** `pg_restore -l` finds no damage at all; writing everything to nowhere reads every block. */
async function decodeArchive(deps: RestoreDependencies, dump: Dump, options: DecodeOptions): Promise<void> {
  try {
    await runTool({
      file: options.tools.pgRestore,
      args: ['--file=/dev/null', dump.path],
      signal: options.context.signal,
      killGraceMs: deps.killGraceMs,
    });
  } catch (error) {
    if (!isSagekeepError(error, 'TOOL_FAILED') || error.retryable) throw error;
    throw new SagekeepError('FILE_DAMAGED', `${dump.name} cannot be read to its end: ${error.message}`, {
      advice: 'Make a new backup, and find out what damages this storage.',
      facts: { file: dump.name },
      cause: error,
    });
  }
}

function dumpOf(deps: RestoreDependencies, backup: Backup, file: BackupFile): Dump | null {
  if (file.format === 'globals') return null;
  const path = pathOf(deps.vault, deps.vault.catalogue.fileKey(backup, file.name));
  return { format: file.format, compression: file.compression, name: file.name, path };
}

/** Every file against its digest, then every dump decoded to its very end. Throws `FILE_DAMAGED`. */
export async function decodeAll(
  deps: RestoreDependencies,
  backup: Backup,
  options: DecodeOptions,
): Promise<Decoded> {
  const { context } = options;
  const at = deps.now().toISOString();
  const damaged = await deps.vault.catalogue.scrub(backup, { signal: context.signal });
  if (damaged.length > 0) {
    throw new SagekeepError('FILE_DAMAGED', `Files differ from what was backed up: ${damaged.join(', ')}.`, {
      advice: 'Make a new backup, and find out what damages this storage.',
      facts: { damaged },
    });
  }
  const dumps = backup.manifest.files
    .map((file) => dumpOf(deps, backup, file))
    .filter((dump) => dump !== null);
  for (const dump of dumps) {
    if (dump.format === 'sql') await decodeSql(dump, context.signal);
    else await decodeArchive(deps, dump, options);
  }
  const dump = dumps.find((entry) => entry.format === 'custom') ?? dumps[0];
  if (dump === undefined) throw new SagekeepError('MANIFEST_DAMAGED', 'The manifest names no dump.');
  return { dump, files: backup.manifest.files.map((file) => file.name), at };
}
