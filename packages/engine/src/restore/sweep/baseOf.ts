import { parseMadeName } from '../../lock/index.ts';

/** The dbname that a copy was made for; a long one is cut, which no name of a maintenance database is. */
export function baseOf(name: string): string {
  return parseMadeName(name)?.base ?? name;
}
