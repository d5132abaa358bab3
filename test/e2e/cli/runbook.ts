import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The shell lines of a page of the documentation, by the heading that they stand under. */
export function commandsIn(page: string): Map<string, string[]> {
  const text = readFileSync(join(import.meta.dirname, '../../..', page), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), linesOf(section)]));
}

function linesOf(section: string): string[] {
  return [...section.matchAll(/^ *```sh\n(?<body>[\s\S]*?)^ *```$/gm)]
    .flatMap((match) => (match.groups?.['body'] ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
