import { SagekeepError } from '@sagekeep/contracts';

const maxKeyBytes = 1024;
const maxSegmentBytes = 220;
/** Control characters, and the backslash, which is a separator elsewhere. */
const forbidden = /[\p{Cc}\\]/u;

/** The adapters' own folder at the root: no key leads into it. */
export const scratchFolder = '.tmp';

/** Splits a key into its segments. Throws `STORAGE_KEY_INVALID` for whatever could lead out of the storage. */
export function segmentsOf(key: string): string[] {
  const segments = key.split('/');
  const fault = faultOf(key, segments);
  if (fault !== null) throw invalidKey(key, fault);
  return segments;
}

/** The error for a key that no adapter may follow. */
export function invalidKey(key: string, fault: string, cause?: unknown): SagekeepError {
  return new SagekeepError(
    'STORAGE_KEY_INVALID',
    `Storage key ${JSON.stringify(key)} is refused: ${fault}.`,
    {
      advice: 'Use a relative path of plain names inside the storage folder, without symbolic links.',
      facts: { key },
      cause,
    },
  );
}

function faultOf(key: string, segments: string[]): string | null {
  if (key === '') return 'it is empty';
  if (Buffer.byteLength(key) > maxKeyBytes) return `it is longer than ${maxKeyBytes} bytes`;
  if (forbidden.test(key)) return 'it has a control character or a backslash';
  if (key.startsWith('/')) return 'it is absolute';
  if (segments.some((segment) => segment === '')) return 'it has an empty segment';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'it has a dot segment';
  if (segments.some((segment) => Buffer.byteLength(segment) > maxSegmentBytes))
    return `it has a segment longer than ${maxSegmentBytes} bytes`;
  if (segments[0] === scratchFolder) return `${scratchFolder} is the storage's own`;
  return null;
}
