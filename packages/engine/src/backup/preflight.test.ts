import { describe, expect, it } from 'vitest';
import { estimateBytes } from './preflight.ts';
import { expectedText } from './progress.ts';

const manifest = (databaseBytes: number, fileBytes: number, textBytes: number) =>
  ({ databaseBytes, files: [{ bytes: fileBytes }], inventory: { tables: [{ bytes: textBytes }] } }) as never;

describe('the space that a backup will take', () => {
  it('is that of the database for each format when nothing is known', () => {
    expect(estimateBytes(null, 1000, 2)).toBe(2000);
  });

  it('is that of the last backup and a tenth, grown as the database has', () => {
    expect(estimateBytes(manifest(1000, 400, 0), 1000, 2)).toBe(441);
    expect(estimateBytes(manifest(1000, 400, 0), 2000, 2)).toBe(881);
    expect(estimateBytes(manifest(1000, 400, 0), 10, 2)).toBe(441);
  });
});

describe('the text that a dump will be', () => {
  it('is foretold from a measured one, else from the size of the tables', () => {
    expect(expectedText(manifest(1000, 0, 700), 2000, [])).toEqual({ bytes: 1400, measured: true });
    const tables = [{ bytes: 10 }, { bytes: 20 }] as never;
    expect(expectedText(null, 2000, tables)).toEqual({ bytes: 30, measured: false });
  });
});
