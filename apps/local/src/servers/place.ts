import { createHash } from 'node:crypto';
import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';
import type { Identity } from './identity.ts';

/** Where data goes when its own user may not enter the checkout. */
const home = '/var/lib/sagekeep';

/**
 * Makes `folder` ready for a server of that identity and returns the real path to use. Where the identity may not
 * enter the way there (a checkout below /root), the data lives under `/var/lib/sagekeep` and `folder` is a link to it.
 */
export async function placeFor(folder: string, identity: Identity): Promise<string> {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  const target = linkTarget(folder);
  if (target !== undefined) return owned(target, identity);
  if (identity.foreign && !(await mayEnter(dirname(folder), identity))) return link(folder, identity);
  return owned(folder, identity);
}

/** Where an earlier start put the data; a link to anywhere else is none of ours and is replaced. */
function linkTarget(folder: string): string | undefined {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const target = readlinkSync(folder);
  const whole = dirname(target) === home && statSync(target, { throwIfNoEntry: false }) !== undefined;
  if (!whole) unlinkSync(folder);
  return whole ? target : undefined;
}

/** A place of its own each time: the link is the only way to data of an earlier checkout at the same path. */
function link(folder: string, identity: Identity): string {
  const digest = createHash('sha256')
    .update(realpathSync(dirname(folder)))
    .digest('hex')
    .slice(0, 16);
  mkdirSync(home, { recursive: true, mode: 0o711 });
  const target = mkdtempSync(join(home, `${digest}-`));
  symlinkSync(target, folder);
  return owned(target, identity);
}

function owned(folder: string, identity: Identity): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (identity.foreign) chownSync(folder, identity.uid, identity.gid);
  if (statSync(folder).uid !== identity.uid) {
    throw new SagekeepError('STORAGE_NOT_WRITABLE', `${folder} belongs to another user.`, {
      advice: 'Start as that user again, or delete data/local to begin with new sample data.',
    });
  }
  return realpathSync(folder);
}

async function mayEnter(folder: string, identity: Identity): Promise<boolean> {
  const user = [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups'];
  const test = await execa('setpriv', [...user, 'test', '-x', folder], { reject: false });
  return test.exitCode === 0;
}
