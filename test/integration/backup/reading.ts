import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Inventory, Manifest } from '@sagekeep/contracts';
import { inventoryOfDatabase } from '../../../packages/engine/src/inventory/index.ts';
import { connect, parseDatabaseUrl, serverVersion } from '../../../packages/engine/src/server/index.ts';
import { type ClientTools, createTools, runTool } from '../../../packages/engine/src/tools/index.ts';
import { decompressFrames } from '../../../packages/engine/src/zstd/index.ts';

export const common = { applicationName: 'test', signal: new AbortController().signal, killGraceMs: 2000 };

export async function toolsFor(url: string): Promise<ClientTools> {
  await using session = await connect(parseDatabaseUrl(url), common);
  return (await createTools().forServer((await serverVersion(session)).major)).tools;
}

export async function inventoryOf(url: string, expected?: Inventory): Promise<Inventory> {
  const source = { ...common, tools: await toolsFor(url), connection: parseDatabaseUrl(url) };
  return (await inventoryOfDatabase(expected === undefined ? source : { ...source, expected })).inventory;
}

export function pathOf(folder: string, manifest: Manifest, format: string): string {
  const file = manifest.files.find((entry) => entry.format === format);
  if (file === undefined) throw new Error(`the backup has no ${format}`);
  return join(folder, manifest.database, manifest.id, file.name);
}

/** The plain SQL, decoded. */
export async function sqlOf(folder: string, manifest: Manifest): Promise<string> {
  return text(decompressFrames(createReadStream(pathOf(folder, manifest, 'sql'))));
}

/** The key of `\restrict` is random. */
export const withoutKey = (sql: string) => sql.replace(/^\\(un)?restrict .*$/gm, '');

/** Restores by hand, as the documentation tells people to. */
export async function restoreCustom(url: string, path: string): Promise<void> {
  const tools = await toolsFor(url);
  await runTool({
    ...common,
    file: tools.pgRestore,
    args: ['--exit-on-error', '-d', '', path],
    connection: parseDatabaseUrl(url),
  });
}

export async function restoreSql(url: string, sql: string): Promise<void> {
  const tools = await toolsFor(url);
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1'];
  await runTool({ ...common, file: tools.psql, args, connection: parseDatabaseUrl(url), input: sql });
}
