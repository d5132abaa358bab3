import { quoteIdentifier, quoteLiteral } from '../server/index.ts';

/** Settings whose stored value is a list of quoted names; as one literal they would mean a single name (as in pg_dump). */
const lists = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** The elements of a stored list: separated by commas, quoted where needed, quotes doubled. */
export function splitList(text: string): string[] {
  return [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]*?))\s*(?:,|$)/gsu)]
    .map((match) => (match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"')))
    .filter((element, at, all) => element !== '' || at < all.length - 1);
}

/** `SET name TO value` for a stored `name=value`. */
export function setClause(stored: string): string {
  const border = stored.indexOf('=');
  const name = stored.slice(0, border);
  const value = stored.slice(border + 1);
  // A custom setting's name has dots, and each part is a name of its own.
  const quoted = name.split('.').map(quoteIdentifier).join('.');
  if (!lists.has(name.toLowerCase())) return `set ${quoted} to ${quoteLiteral(value)}`;
  const elements = splitList(value);
  return `set ${quoted} to ${elements.length === 0 ? "''" : elements.map(quoteLiteral).join(', ')}`;
}
