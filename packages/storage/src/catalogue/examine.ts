import {
  type Backup,
  BackupId,
  type DamagedBackup,
  isSagekeepError,
  type Manifest,
} from '@sagekeep/contracts';
import { databaseOfId, manifestName } from '../names.ts';
import type { StoredObject } from '../port.ts';
import { isUnanswered } from '../unanswered.ts';
import type { Manifests } from './manifests.ts';
import { type MarkReader, readMarks } from './marks.ts';

export interface Reader extends MarkReader {
  readonly manifests: Manifests;
}
interface Place {
  readonly database: string;
  readonly id: string;
}
/** `brief` leaves out `inventory.entries`. */
export type Extent = 'whole' | 'brief';
export type Examined =
  | { readonly kind: 'backup'; readonly backup: Backup }
  | { readonly kind: 'damaged'; readonly damaged: DamagedBackup }
  | { readonly kind: 'nothing' };

/**
 * Says what a folder is: a whole backup, something that looks like one, or nothing of ours. What looks damaged is looked
 * at again: it may just have been on its way to the trash.
 */
export async function examine(reader: Reader, place: Place, extent: Extent): Promise<Examined> {
  const seen = await look(reader, place, extent);
  return seen.kind === 'damaged' ? await look(reader, place, extent) : seen;
}

async function look(reader: Reader, place: Place, extent: Extent): Promise<Examined> {
  const damaged = (reason: string): Examined => ({ kind: 'damaged', damaged: { ...place, reason } });
  try {
    const objects = await objectsOf(reader, place);
    const manifest = objects.get(manifestName);
    if (!looksLikeBackup(place.id, objects)) return { kind: 'nothing' };
    if (manifest === undefined) return damaged(`${manifestName} is missing`);
    const { manifests } = reader;
    const parsed = await (extent === 'whole' ? manifests.read(manifest) : manifests.readBrief(manifest));
    if (!parsed.ok) return damaged(`${manifestName} ${parsed.fault}`);
    const fault = contradiction(place, parsed.value, objects);
    if (fault !== null) return damaged(fault);
    return { kind: 'backup', backup: { manifest: parsed.value, marks: await readMarks(reader, objects) } };
  } catch (error) {
    // It was deleted while we looked.
    if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return { kind: 'nothing' };
    if (!isSagekeepError(error)) throw error;
    const reason = `it cannot be read: ${error.message}`;
    const unread = isUnanswered(error) ? { unread: true } : {};
    return { kind: 'damaged', damaged: { ...place, reason, ...unread } };
  }
}

/** The objects that lie directly in a backup's folder, by name. */
export async function objectsOf(
  { storage }: Pick<Reader, 'storage'>,
  place: Place,
): Promise<Map<string, StoredObject>> {
  const prefix = `${place.database}/${place.id}`;
  const objects = new Map<string, StoredObject>();
  for await (const object of storage.walk(prefix)) objects.set(object.key.slice(prefix.length + 1), object);
  return objects;
}

/** A folder without objects is none: deletion may have got that far. */
function looksLikeBackup(id: string, objects: ReadonlyMap<string, StoredObject>): boolean {
  if (BackupId.safeParse(id).success) return objects.size > 0;
  return objects.has(manifestName);
}

function contradiction(
  { database, id }: Place,
  manifest: Manifest,
  objects: ReadonlyMap<string, StoredObject>,
): string | null {
  if (manifest.id !== id) return `its manifest names the backup ${manifest.id}`;
  if (manifest.database !== database) return `its manifest names the database ${manifest.database}`;
  if (databaseOfId(id) !== database) return `its id belongs to another database`;
  for (const file of manifest.files) {
    const bytes = objects.get(file.name)?.bytes;
    if (bytes === undefined) return `${file.name} is missing`;
    if (bytes !== file.bytes) return `${file.name} has ${bytes} bytes instead of ${file.bytes}`;
  }
  return null;
}
