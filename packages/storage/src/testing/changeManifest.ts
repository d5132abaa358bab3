import { readFile, writeFile } from 'node:fs/promises';
import { Manifest } from '@sagekeep/contracts';
import { manifestText } from '../catalogue/manifestText.ts';

/** Makes a backup's manifest say something else, with the digest that fits: wrong, yet whole. `path` is its file's. */
export async function changeManifest(path: string, change: (manifest: Manifest) => unknown): Promise<void> {
  const manifest = Manifest.parse(JSON.parse(await readFile(path, 'utf8')));
  change(manifest);
  await writeFile(path, manifestText(manifest));
}
