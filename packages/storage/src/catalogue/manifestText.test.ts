import { createHash } from 'node:crypto';
import { Manifest } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { toJson } from '../json.ts';
import { exampleManifest } from '../testing/manifest.ts';
import { manifestText, parseManifest } from './manifestText.ts';

/** With its fields in the order in which it is read. */
function example(changes: Partial<Manifest> = {}): Manifest {
  const id = 'sage_backup_20261122_020000';
  const sha256 = 'a'.repeat(64);
  const file = { name: `${id}.sql.custom`, format: 'custom', compression: 'zstd', bytes: 5, sha256 } as const;
  const label = 'Größe 1';
  return Manifest.parse(exampleManifest({ id, database: 'sage', files: [file], label, ...changes }));
}
const read = (text: string) => parseManifest(Buffer.from(text));

describe('the text of a manifest', () => {
  it('ends in the digest of the text without it', () => {
    const sha256 = createHash('sha256').update(toJson(example())).digest('hex');
    expect(manifestText(example())).toBe(toJson({ ...example(), sha256 }));
    expect(read(manifestText(example()))).toEqual({ ok: true, value: { ...example(), sha256 } });
  });

  it('is the same for a manifest that was read', () => {
    const text = manifestText(example());
    const parsed = read(text);
    expect(parsed.ok && manifestText(parsed.value)).toBe(text);
  });

  it('covers fields that this version does not know', () => {
    const text = manifestText(example({ futureField: 7 }));
    expect(read(text)).toMatchObject({ ok: true, value: { futureField: 7 } });
    expect(read(text.replace('"futureField": 7', '"futureField": 8'))).toMatchObject({ ok: false });
  });

  it.each([
    ['snapshotAt', '"snapshotAt": "2026-11-22T02', '"snapshotAt": "2026-11-22T03'],
    ['label', 'Größe 1', 'Größe 2'],
    ['databaseBytes', '"databaseBytes": 8', '"databaseBytes": 9'],
    ['timings', '"dump": 12', '"dump": 13'],
  ])('does not hide one changed character in %s', (_field, from, to) => {
    const text = manifestText(example());
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(read(changed)).toEqual({
      ok: false,
      fault: expect.stringMatching(/not what its own digest says/),
    });
  });

  it('does not hide one flipped bit, wherever it is', () => {
    const whole = Buffer.from(manifestText(example()));
    const unnoticed = [...whole.keys()].filter((at) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      return parseManifest(bytes).ok;
    });
    expect(unnoticed).toEqual([]);
  });

  it('does not hide text around it, nor another layout', () => {
    const text = manifestText(example());
    for (const other of [` ${text}`, `${text}\n`, text.trimEnd(), JSON.stringify(JSON.parse(text))])
      expect(read(other)).toMatchObject({ ok: false });
  });

  it('is read without a digest when it is from before there was one', () => {
    expect(read(toJson(example()))).toEqual({ ok: true, value: example() });
  });
});
