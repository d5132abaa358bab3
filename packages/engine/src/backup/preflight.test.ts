import { Format, type Manifest } from '@sagekeep/contracts';
import { exampleManifest } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { estimateBytes } from './preflight.ts';
import { expectedText } from './progress.ts';

const digest = '0'.repeat(64);
const manifest = (databaseBytes: number, files: Partial<Record<Format, number>>, textBytes = 0): Manifest =>
  exampleManifest({
    id: 'sage_backup_20261122_020000',
    database: 'sage',
    databaseBytes,
    files: Object.entries(files).map(([format, bytes]) => ({
      ...{ name: `dump.${format}`, format: Format.parse(format), compression: 'zstd', sha256: digest },
      bytes,
    })),
    inventory: {
      entries: [],
      tables: [{ name: 'public.memories', columns: [], rows: 1, bytes: textBytes, digest, nulls: {} }],
      sequences: [],
      largeObjects: { count: 0, bytes: 0, digest },
    },
  });

describe('the space that a backup will take', () => {
  it('is that of the database for each format when nothing is known', () => {
    expect(estimateBytes([], 1000, ['custom', 'sql'])).toBe(2000);
    expect(estimateBytes([manifest(0, { custom: 400 })], 1000, ['custom'])).toBe(1000);
  });

  it.each([
    [1000, 550],
    [2000, 1100],
    [10, 550],
  ])('is that of the last backup and a tenth, grown as the database of 1000 bytes to %i', (now, bytes) => {
    expect(estimateBytes([manifest(1000, { custom: 300, sql: 200 })], now, ['custom', 'sql'])).toBe(bytes);
  });

  it('is measured format by format, by the newest backup that has it', () => {
    const both = manifest(1000, { custom: 500, sql: 100 });
    const custom = manifest(1000, { custom: 300 });
    expect(estimateBytes([custom], 1000, ['custom', 'sql'])).toBe(330 + 1000);
    expect(estimateBytes([custom, both], 1000, ['custom', 'sql'])).toBe(330 + 110);
    expect(estimateBytes([both], 1000, ['sql'])).toBe(110);
  });
});

describe('the text that a dump will be', () => {
  it('is foretold from a measured one, else from the size of the tables', () => {
    expect(expectedText(manifest(1000, {}, 700), 2000, [])).toEqual({ bytes: 1400, measured: true });
    const tables = [{ bytes: 10 }, { bytes: 20 }] as never;
    expect(expectedText(null, 2000, tables)).toEqual({ bytes: 30, measured: false });
  });
});
