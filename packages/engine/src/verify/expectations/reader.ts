import type { Token } from './tokens.ts';

/** Reads a statement word by word. */
export interface Reader {
  /** Takes these key words when they come next, else nothing. */
  take(...words: string[]): boolean;
  /** The next key word, or sign; empty at the end. Takes nothing. */
  peek(): string;
  /** Takes a name that may carry its schema. */
  qualifiedName(): { schema: string; name: string } | null;
  name(): string | null;
  /** Takes what stands in the parentheses that come next; null when none do. */
  parenthesised(): Token[] | null;
  /** Takes one token of any kind. */
  next(): Token | null;
  rest(): Token[];
}

export function readerOf(tokens: readonly Token[], defaultSchema = 'public'): Reader {
  let at = 0;
  const word = (offset: number) => {
    const token = tokens[at + offset];
    return token === undefined || token.quoted || token.kind === 'text' ? '' : token.text;
  };
  const name = (): string | null => {
    const token = tokens[at];
    if (token?.kind !== 'name') return null;
    at += 1;
    return token.text;
  };
  return {
    peek: () => word(0),
    name,
    take(...words) {
      if (!words.every((expected, offset) => word(offset) === expected)) return false;
      at += words.length;
      return true;
    },
    qualifiedName() {
      const first = name();
      if (first === null) return null;
      if (word(0) !== '.') return { schema: defaultSchema, name: first };
      at += 1;
      const second = name();
      return second === null ? null : { schema: first, name: second };
    },
    parenthesised() {
      if (word(0) !== '(') return null;
      const start = at + 1;
      let depth = 0;
      for (; at < tokens.length; at += 1) {
        if (word(0) === '(') depth += 1;
        if (word(0) === ')') depth -= 1;
        if (depth === 0) break;
      }
      at += 1;
      return tokens.slice(start, at - 1);
    },
    next() {
      const token = tokens[at] ?? null;
      at += 1;
      return token;
    },
    rest: () => tokens.slice(at),
  };
}
