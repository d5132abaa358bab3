import { randomBytes } from 'node:crypto';
import { isSagekeepError, Mark, type MarkKind, type Marks } from '@sagekeep/contracts';
import type { Cache } from '../cache.ts';
import { parseJson } from '../json.ts';
import type { Storage, StoredObject } from '../port.ts';

const namePattern = /^mark-([a-z]+)-(\d{8}T\d{9}Z)-[0-9a-f]+\.json$/;
const kinds = ['proof', 'hold', 'suspect', 'acknowledgement', 'scrub'] as const satisfies readonly MarkKind[];
const maxBytes = 16 * 1024 * 1024;

export interface MarkReader {
  readonly storage: Storage;
  readonly marks: Cache<Mark>;
}

/** A name of its own for every mark, so that none is ever overwritten. */
export function markName(mark: Mark): string {
  const at = new Date(mark.at).toISOString().replaceAll(/[-:.]/g, '');
  return `mark-${mark.kind}-${at}-${randomBytes(4).toString('hex')}.json`;
}

export function kindOfMarkName(name: string): string | null {
  return namePattern.exec(name)?.[1] ?? null;
}

/** The newest mark of each kind among a backup's objects. */
export async function readMarks(
  reader: MarkReader,
  objects: ReadonlyMap<string, StoredObject>,
): Promise<Marks> {
  const found = await newestOfEachKind(reader, objects);
  return {
    proof: found.proof?.kind === 'proof' ? found.proof : null,
    hold: found.hold?.kind === 'hold' ? found.hold : null,
    suspect: found.suspect?.kind === 'suspect' ? found.suspect : null,
    acknowledgement: found.acknowledgement?.kind === 'acknowledgement' ? found.acknowledgement : null,
    scrub: found.scrub?.kind === 'scrub' ? found.scrub : null,
  };
}

type Found = Record<MarkKind, Mark | null>;

async function newestOfEachKind(
  reader: MarkReader,
  objects: ReadonlyMap<string, StoredObject>,
): Promise<Found> {
  const found: Found = { proof: null, hold: null, suspect: null, acknowledgement: null, scrub: null };
  const unread: [MarkKind, StoredObject][] = [];
  for (const kind of kinds) {
    const newest = newestNamed(kind, objects);
    if (newest === null) continue;
    const mark = await readMark(reader, kind, newest);
    if (mark === 'unreadable') unread.push([kind, newest]);
    else found[kind] = mark;
  }
  for (const [kind, object] of unread) Object.assign(found, instead(kind, object, found));
  return found;
}

function newestNamed(kind: MarkKind, objects: ReadonlyMap<string, StoredObject>): StoredObject | null {
  const candidates = [...objects]
    .map(([name, object]) => ({ match: namePattern.exec(name), object }))
    .filter(({ match }) => match?.[1] === kind)
    .sort((a, b) => compare(b.match?.[2] ?? '', a.match?.[2] ?? '') || age(b.object) - age(a.object));
  return candidates[0]?.object ?? null;
}

async function readMark(
  { storage, marks }: MarkReader,
  kind: MarkKind,
  object: StoredObject,
): Promise<Mark | null | 'unreadable'> {
  const known = marks.get(object.key, object.revision);
  if (known !== undefined) return known;
  try {
    const parsed = parseJson(Mark, (await storage.read(object.key, maxBytes)).toString('utf8'));
    if (!parsed.ok) return 'unreadable';
    marks.set(object.key, { revision: object.revision, value: parsed.value, cost: object.bytes });
    return parsed.value;
  } catch (error) {
    if (!isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return 'unreadable';
    // Only holds are taken back. Any other mark goes with its backup.
    if (kind === 'hold') return null;
    throw error;
  }
}

/**
 * A mark that cannot be read errs on the side that keeps the backup and claims nothing for it. What a proof or a scrub said
 * decides of other backups, too, from which their age counts: not knowing it freezes retention, as a suspect does.
 */
function instead(kind: MarkKind, object: StoredObject, { suspect }: Found): Partial<Found> {
  const at = object.modifiedAt.toISOString();
  const reason = `the ${kind} mark ${object.key} cannot be read`.slice(0, 500);
  if (kind === 'acknowledgement') return {};
  if (kind === 'hold') return { hold: { kind, at, by: 'unknown', reason } };
  const doubted: Mark = { kind: 'suspect', at, reasons: [reason] };
  const newer = suspect === null || Date.parse(suspect.at) < Date.parse(at) ? doubted : suspect;
  return kind === 'suspect' ? { suspect: newer } : { proof: null, suspect: newer };
}

function age(object: StoredObject): number {
  return object.modifiedAt.getTime();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
