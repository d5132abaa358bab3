import { basename } from 'node:path';
import { runTool } from './run.ts';
import type { ToolRun } from './toolRun.ts';
import { parseToolVersion, type ToolChoice } from './versions.ts';

/**
 * The choice as it really is where the tools run: for a server that is reached inside its container, the version of
 * the pg_dump there. Throws `TOOLS_MISSING` when there is none.
 */
export async function whereTheyRun(
  choice: ToolChoice,
  run: Required<Pick<ToolRun, 'connection'>> & Pick<ToolRun, 'signal'>,
): Promise<ToolChoice> {
  if ((run.connection.inside ?? null) === null) return choice;
  const file = basename(choice.tools.pgDump);
  const found = parseToolVersion(await runTool({ ...run, file, args: ['--version'], killGraceMs: 1_000 }));
  if (found === null) return choice;
  const major = Math.floor(found.num / 10_000);
  return { ...choice, tools: { ...choice.tools, major, version: found.text, versionNum: found.num } };
}
