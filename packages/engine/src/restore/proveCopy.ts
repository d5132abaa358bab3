import type { Difference, Inventory, JobContext, Manifest, Proof } from '@sagekeep/contracts';
import { compareInventories, inventoryOfDatabase } from '../inventory/index.ts';
import { type Connection, connect } from '../server/index.ts';
import { some } from '../text/index.ts';
import type { ClientTools } from '../tools/index.ts';
import { contentBytes } from './copy.ts';
import { compareForeign, foreignNotes } from './foreign/compareForeign.ts';
import { generatedColumns } from './generatedColumns.ts';
import { type Monetary, monetaryHere } from './monetary.ts';
import type { Needs } from './preflight.ts';

export interface ProveCopyOptions {
  readonly connection: Connection;
  readonly applicationName: string;
  readonly manifest: Manifest;
  readonly tools: ClientTools;
  readonly needs: Pick<Needs, 'serverMajor' | 'serverVersionText'>;
  readonly where: string;
  /** Files whose digests were checked. */
  readonly files: readonly string[];
  readonly timings: Readonly<Record<string, number>>;
  readonly context: JobContext;
  readonly killGraceMs: number;
  readonly now: () => Date;
  /** For a file without a manifest of ours: it can only be held against itself. */
  readonly foreign?: { readonly hasDefinitions: boolean; readonly trusted: boolean } | undefined;
}

/** What a proof cannot say, by the nature of a logical backup. */
export function proofNotes(inventory: Inventory, generated: readonly string[] = []): string[] {
  const views = inventory.entries.filter(({ type }) => type === 'MATERIALIZED VIEW').map(({ name }) => name);
  const note = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [`${what} are recomputed by a restore, so their content is not compared: ${some(names, 20)}.`];
  return [...note('Materialised views', views), ...note('Stored generated columns', generated)];
}

function differencesOf(options: ProveCopyOptions, actual: Inventory): Difference[] {
  const { manifest, needs, foreign, tools } = options;
  if (foreign !== undefined) return compareForeign(manifest.inventory, actual, foreign.hasDefinitions);
  // Definitions are pg_dump's words: of another version of it, as of another server, they may read differently.
  const sameMajor =
    Math.floor(manifest.serverVersionNum / 10_000) === needs.serverMajor &&
    Number.parseInt(manifest.clientVersion, 10) === tools.major;
  return compareInventories(manifest.inventory, actual, { sameMajor });
}

function resultOf(differences: readonly Difference[]): Proof['result'] {
  if (differences.some((difference) => difference.excuse === undefined)) return 'failed';
  return differences.length === 0 ? 'proven' : 'content-proven';
}

async function monetaryOf(options: ProveCopyOptions): Promise<Monetary> {
  const { connection, applicationName, manifest, context } = options;
  await using session = await connect(connection, { applicationName, signal: context.signal });
  return await monetaryHere(session, manifest.properties);
}

/**
 * Holds a restored copy against the manifest: definition by definition and row by row, read back by the very path that
 * made the manifest's inventory. The result says `failed` when anything differs without a known reason.
 */
export async function proveCopy(options: ProveCopyOptions): Promise<Proof> {
  const { manifest, tools, needs, context } = options;
  const began = performance.now();
  const expectedBytes = Math.max(1, contentBytes(manifest.inventory));
  const monetary = await monetaryOf(options);
  let read = 0;
  const { inventory, toc } = await inventoryOfDatabase({
    tools,
    connection: options.connection,
    applicationName: options.applicationName,
    signal: context.signal,
    killGraceMs: options.killGraceMs,
    expected: manifest.inventory,
    settings: monetary.settings,
    onBytes: (bytes, table) => {
      read += bytes;
      const progress = 80 + 16 * Math.min(1, read / expectedBytes);
      context.progress({
        progress,
        phase: 'proof',
        bytes: read,
        ...(table === null ? {} : { detail: table }),
      });
    },
  });
  const differences = differencesOf(options, inventory);
  const result = resultOf(differences);
  return {
    kind: 'proof',
    // Held against itself only, nothing is proven about its source.
    result: options.foreign !== undefined && result === 'proven' ? 'content-proven' : result,
    at: options.now().toISOString(),
    where: options.where,
    serverVersion: needs.serverVersionText,
    clientVersion: tools.version,
    vectorIndexes: true,
    files: [...options.files],
    durationMs: Math.round(performance.now() - began),
    timings: { ...options.timings },
    differences,
    notes: [
      ...(options.foreign === undefined ? [] : foreignNotes(options.foreign.trusted)),
      ...proofNotes(manifest.inventory, generatedColumns(toc.entries)),
      ...(monetary.note !== null && result === 'failed' ? [monetary.note] : []),
    ],
    error: null,
    jobId: context.jobId,
  };
}
