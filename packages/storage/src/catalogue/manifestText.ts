import { createHash } from 'node:crypto';
import { Manifest } from '@sagekeep/contracts';
import { type Parsed, parseJson, toJson } from '../json.ts';

const end = '\n}\n';
const tailOf = (sha256: string) => `,\n  "sha256": "${sha256}"${end}`;
const tailLength = tailOf('0'.repeat(64)).length;
const tailPattern = /^,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/;
/** Whatever the field is called: its name may be what has changed. */
const endsInDigest = /"[0-9a-f]{64}"\s*\}\s*$/;

/** The text of a manifest as it is stored: its last field is the digest of the text without that field. */
export function manifestText({ sha256: _old, ...manifest }: Manifest): string {
  const text = toJson(manifest);
  return text.slice(0, -end.length) + tailOf(createHash('sha256').update(text).digest('hex'));
}

/**
 * Reads a manifest as stored; the fault is what to say of it. One changed byte is enough for a fault, wherever it is. A
 * manifest from before there was a digest is read without that check.
 */
export function parseManifest(bytes: Buffer): Parsed<Manifest> {
  const parsed = parseJson(Manifest, bytes.toString('utf8'));
  if (!parsed.ok) return { ok: false, fault: `does not parse: ${parsed.fault}` };
  const tail = bytes.subarray(-tailLength).toString('latin1');
  const hasDigest = parsed.value.sha256 !== undefined || endsInDigest.test(tail);
  if (!hasDigest || isIntact(bytes, tailPattern.exec(tail)?.[1])) return parsed;
  return { ok: false, fault: 'is not what its own digest says: it was changed after it was written' };
}

/** Of the bytes, not of what was parsed: nothing is serialised again, and no byte is left out. */
function isIntact(bytes: Buffer, sha256: string | undefined): boolean {
  const hash = createHash('sha256').update(bytes.subarray(0, -tailLength)).update(end);
  return hash.digest('hex') === sha256;
}
