/** One word of SQL. Names are as PostgreSQL would keep them: folded to lower case unless quoted. */
export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
  /** For a name: whether it stood in quotes, and so is never a key word. */
  readonly quoted: boolean;
}

const pattern = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*)`,
    String.raw`(?<text>[eE]'(?:[^'\\]|\\.|'')*'|[uUbBxXnN]?&?'(?:[^']|'')*')`,
    `(?<quoted>"(?:[^"]|"")*")`,
    String.raw`(?<dollar>\$(?<tag>[\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?\$\k<tag>\$)`,
    String.raw`(?<name>[\p{L}_][\p{L}\p{N}_$]*)`,
    String.raw`(?<number>\d+(?:\.\d+)?)`,
    String.raw`(?<sign>::|[\s\S])`,
  ].join('|'),
  'uy',
);

/** The words of an SQL text, without white space and comments. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      at = endOfComment(sql, at);
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match === null) break;
    at = pattern.lastIndex;
    const token = tokenOf(match.groups ?? {});
    if (token !== null) tokens.push(token);
  }
  return tokens;
}

/** Block comments nest. */
function endOfComment(sql: string, start: number): number {
  const border = /\/\*|\*\//g;
  border.lastIndex = start;
  let depth = 0;
  for (let match = border.exec(sql); match !== null; match = border.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return border.lastIndex;
  }
  return sql.length;
}

function tokenOf(groups: Record<string, string | undefined>): Token | null {
  const { text, quoted, dollar, name, number, sign } = groups;
  if (quoted !== undefined)
    return { kind: 'name', text: quoted.slice(1, -1).replaceAll('""', '"'), quoted: true };
  if (name !== undefined) return { kind: 'name', text: name.toLowerCase(), quoted: false };
  if (number !== undefined) return { kind: 'number', text: number, quoted: false };
  if (text !== undefined || dollar !== undefined)
    return { kind: 'text', text: text ?? dollar ?? '', quoted: false };
  if (sign !== undefined) return { kind: 'sign', text: sign, quoted: false };
  return null;
}

/** Cuts a list of tokens at the signs of one kind that stand outside of all parentheses. */
export function splitTokens(tokens: readonly Token[], sign: ',' | ';'): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && '(['.includes(token.text)) depth += 1;
    if (token.kind === 'sign' && ')]'.includes(token.text)) depth -= 1;
    if (depth === 0 && token.kind === 'sign' && token.text === sign) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}
