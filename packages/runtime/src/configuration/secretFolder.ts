import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where containers have their secrets: compose's own folder first. */
const folders = ['/run/secrets/sagekeep', '/run/secrets'];

/** What is in the file of this bare name in the folder of secrets; null when there is none, or it is empty. */
export function readSecretFile(name: string, among: readonly string[] = folders): string | null {
  for (const folder of among) {
    try {
      const text = readFileSync(join(folder, name), 'utf8').trim();
      if (text !== '') return text;
    } catch {
      // Then the next folder.
    }
  }
  return null;
}
