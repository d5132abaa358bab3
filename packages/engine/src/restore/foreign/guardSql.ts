import { SagekeepError } from '@sagekeep/contracts';
import type { ClientTools } from '../../tools/index.ts';

/** From here on psql refuses every meta-command itself while `\restrict` is in force. */
const firstWithRestrict: Readonly<Record<number, number>> = {
  13: 130_022,
  14: 140_019,
  15: 150_014,
  16: 160_010,
  17: 170_006,
};

export function knowsRestrict(tools: Pick<ClientTools, 'major' | 'versionNum'>): boolean {
  return tools.major > 17 || tools.versionNum >= (firstWithRestrict[tools.major] ?? Number.POSITIVE_INFINITY);
}

/** Throws `TOOLS_TOO_OLD`: no filter of ours could tell a meta-command from harmless text, only psql can. */
export function requireRestrict(tools: ClientTools): void {
  if (knowsRestrict(tools)) return;
  throw new SagekeepError(
    'TOOLS_TOO_OLD',
    `psql ${tools.version} cannot refuse meta-commands, so an untrusted SQL file is not given to it.`,
    {
      advice:
        'Update the client tools to 18, 17.6, 16.10, 15.14, 14.19 or newer, or restore with --trust-file.',
      facts: { version: tools.version },
    },
  );
}

const longestHead = 1024 * 1024;
const tailBytes = 8 * 1024;

/** Lines before the first definition. A comment on an extension fails for a role that does not own it. */
const leftOut = [/^\\restrict [A-Za-z0-9]+$/, /^COMMENT ON EXTENSION .* IS '.*';$/];
const definition =
  /^(?:CREATE (?!EXTENSION|SCHEMA)|COPY|INSERT|ALTER|DO|DROP|SELECT (?!pg_catalog\.set_config))/;

/** Splits what is complete off: the head ends where the first definition begins. Null while that has not been seen. */
function headEnd(text: string): number | null {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    if (end === -1) return null;
    if (definition.test(text.slice(at, end))) return at;
    at = end + 1;
  }
  return null;
}

function cleanHead(text: string): string {
  return text
    .split('\n')
    .filter((line) => !leftOut.some((pattern) => pattern.test(line)))
    .join('\n');
}

/** The file's own `\unrestrict` is its very last line; anywhere else the word is data, or an attack that psql refuses. */
function cleanTail(text: string): string {
  return text.replace(/\n\\unrestrict [A-Za-z0-9]+\s*$/, '\n');
}

/**
 * An SQL file as psql may be given it: our random key first, the file's own pair taken out. Nothing else is changed, and
 * nothing depends on our understanding of the file: what is a meta-command, psql decides, and refuses.
 */
export async function* guardSql(source: AsyncIterable<Buffer>, key: string): AsyncGenerator<Buffer> {
  yield Buffer.from(`\\restrict ${key}\n`);
  let held: Buffer = Buffer.alloc(0);
  let inHead = true;
  for await (const chunk of source) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (inHead) {
      // One byte is one character in latin1: nothing is lost on the way.
      const text = held.toString('latin1');
      const end = headEnd(text);
      if (end === null && held.length < longestHead) continue;
      const border = end ?? 0;
      yield Buffer.from(cleanHead(text.slice(0, border)), 'latin1');
      held = held.subarray(border);
      inHead = false;
    }
    if (held.length > tailBytes) {
      yield held.subarray(0, held.length - tailBytes);
      held = held.subarray(held.length - tailBytes);
    }
  }
  const rest = held.toString('latin1');
  yield Buffer.from(cleanTail(inHead ? cleanHead(rest) : rest), 'latin1');
}
