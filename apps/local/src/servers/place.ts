import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Identity } from './identity.ts';

/**
 * Makes `folder` ready for a server of that identity and returns the real path to use. Where the identity may not
 * enter the way there (a checkout below /root), the data lives under `/var/lib/sagekeep/` and `folder` is a link to it.
 */
export async function placeFor(folder: string, identity: Identity): Promise<string> {
  mkdirSync(dirname(folder), { recursive: true });
  if (isLink(folder) || (identity.foreign && !(await mayEnter(dirname(folder), identity)))) {
    return linked(folder, identity);
  }
  owned(folder, identity);
  return realpathSync(folder);
}

function linked(folder: string, identity: Identity): string {
  const name = createHash('sha256')
    .update(join(realpathSync(dirname(folder)), 'postgresql'))
    .digest('hex');
  const home = '/var/lib/sagekeep';
  const target = join(home, name.slice(0, 16));
  mkdirSync(home, { recursive: true, mode: 0o711 });
  owned(target, identity);
  if (isLink(folder)) unlinkSync(folder);
  symlinkSync(target, folder);
  return target;
}

function owned(folder: string, identity: Identity): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (identity.foreign) chownSync(folder, identity.uid, identity.gid);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

async function mayEnter(folder: string, identity: Identity): Promise<boolean> {
  const user = [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups'];
  const test = await execa('setpriv', [...user, 'test', '-x', folder], { reject: false });
  return test.exitCode === 0;
}
