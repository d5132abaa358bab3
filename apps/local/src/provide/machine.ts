import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperatingSystem, parseOsRelease } from '@sagekeep/contracts';
import { type AptSource, parseDeb822, parseSourcesList } from './aptSources.ts';

/** What `/etc/os-release` says; a machine without the file is of no known system. */
export function readOperatingSystem(file = '/etc/os-release'): OperatingSystem {
  return parseOsRelease(readIfThere(file));
}

/** Where apt takes packages from. */
export function readAptSources(folder = '/etc/apt'): AptSource[] {
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  return [
    ...parseSourcesList(readIfThere(join(folder, 'sources.list'))),
    ...names.flatMap((name) => {
      const text = readIfThere(join(parts, name));
      if (name.endsWith('.sources')) return parseDeb822(text);
      return name.endsWith('.list') ? parseSourcesList(text) : [];
    }),
  ];
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
