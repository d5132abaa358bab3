import type { Token } from './tokens.ts';

/** How PostgreSQL's `format_type` writes what people write in many ways. */
const aliases: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  serial: 'integer',
  serial4: 'integer',
  int8: 'bigint',
  bigserial: 'bigint',
  serial8: 'bigint',
  int2: 'smallint',
  smallserial: 'smallint',
  serial2: 'smallint',
  bool: 'boolean',
  varchar: 'character varying',
  char: 'character',
  bpchar: 'character',
  'char varying': 'character varying',
  decimal: 'numeric',
  float: 'double precision',
  float8: 'double precision',
  float4: 'real',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
};

/** A type in one normal form, whoever wrote it: a schema file, or `format_type` of the server. */
export function normalType(tokens: readonly Token[]): string {
  const words = tokens.map(({ text }) => text).join(' ');
  const array = /\[/.test(words) || /\barray\b/.test(words) ? '[]' : '';
  const modifier = /\(([^)]*)\)/.exec(words)?.[1]?.replaceAll(' ', '') ?? '';
  const bare = words
    .replace(/\([^)]*\)/, ' ')
    .replace(/\[[^\]]*\]|\barray\b/g, ' ')
    .replace(/^\s*[^\s.]+ \. /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const name = aliases[bare] ?? bare;
  // PostgreSQL reads plain CHARACTER and BIT as being one long.
  const length =
    modifier === '' && (name === 'character' || name === 'bit') && bare !== 'bpchar' ? '1' : modifier;
  return `${name}${length === '' ? '' : `(${length})`}${array}`;
}
