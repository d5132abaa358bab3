import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGone, processMark } from './processMark.ts';

/** A folder that only this user can open, for what must not be seen: password files, sockets, lists of entries. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** Removes it with all that is in it. Never throws. */
  remove(): Promise<void>;
}

const pattern = /^sagekeep-(\d+-\d+)-[A-Za-z0-9]{6}$/;

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Removes what processes that were killed have left in `parent`. Never throws: what is not ours stays. */
export async function sweepPrivateFolders(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const mark = pattern.exec(name)?.[1];
    if (mark !== undefined && isGone(mark)) await removeFolder(join(parent, name));
  }
}

let swept: Promise<void> | null = null;

/**
 * Makes one in the system's temporary folder (0700). The first of a process also removes those of processes that died
 * without removing theirs.
 */
export async function openPrivateFolder(): Promise<PrivateFolder> {
  swept ??= sweepPrivateFolders(tmpdir());
  await swept;
  const path = await mkdtemp(join(tmpdir(), `sagekeep-${processMark()}-`));
  const remove = () => removeFolder(path);
  return { path, remove, [Symbol.asyncDispose]: remove };
}
