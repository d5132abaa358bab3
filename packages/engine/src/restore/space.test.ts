import { exampleManifest } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { copyBytesOf, isSameDisk, reserveBytesOf, spaceObstacle } from './space.ts';

const gb = 1e9;

describe('what a restore takes of a disk', () => {
  const manifest = { ...exampleManifest({ id: 'b', database: 'sage', files: [] }), databaseBytes: 10 * gb };
  const dump = { format: 'sql', compression: 'none', name: 'file', path: 'file' } as const;
  const file = { manifest, foreign: { dump, trusted: false, hasDefinitions: false } };

  it.each([
    [
      'a backup says how large its database was',
      { source: { manifest, foreign: null }, live: { bytes: 90 * gb } },
      10,
    ],
    ['a stranger’s file is twice the text of its rows', { source: file, live: null }, 20],
    ['or as much as what it replaces', { source: file, live: { bytes: 30 * gb } }, 30],
    ['or twice its text, where what it replaces is smaller', { source: file, live: { bytes: 5 * gb } }, 20],
    ['or where nobody may ask for that', { source: file, live: { bytes: null } }, 20],
  ])('%s', (_what, restoring, gigabytes) => {
    expect(copyBytesOf(restoring)).toBe(gigabytes * gb);
  });

  it('leaves a tenth, and the write-ahead log up to its limit, but no more than the copy', () => {
    expect(reserveBytesOf(100 * gb, gb)).toBe(11 * gb);
    expect(reserveBytesOf(gb / 2, gb)).toBe(0.55 * gb);
  });

  it('knows one disk that is seen twice, though somebody writes to it', () => {
    const disk = { freeBytes: 50 * gb, totalBytes: 100 * gb };
    expect(isSameDisk(disk, { ...disk, freeBytes: 49.95 * gb })).toBe(true);
    expect(isSameDisk(disk, { ...disk, freeBytes: 49 * gb })).toBe(false);
    expect(isSameDisk(disk, { ...disk, totalBytes: 101 * gb })).toBe(false);
  });
});

describe('the refusal', () => {
  const figures = { copyBytes: 10 * gb, reserveBytes: 2 * gb, safetyBytes: 3 * gb, neededBytes: 15 * gb };

  it('names the copy, the reserve and the safety backup apart', () => {
    const obstacle = spaceObstacle({ ...figures, freeBytes: 14 * gb });
    expect(obstacle?.message).toMatch(
      /copy.*10\.00 GB.*reserve.*2\.00 GB.*safety.*3\.00 GB: 15\.00 GB.*14\.00 GB free/,
    );
    expect(obstacle?.facts).toEqual({ ...figures, freeBytes: 14 * gb });
  });

  it('is silent of a safety backup that takes nothing there', () => {
    const obstacle = spaceObstacle({ ...figures, safetyBytes: 0, freeBytes: 1 });
    expect(obstacle?.message).not.toContain('safety');
  });

  it('is none where all fits, or where nobody can tell', () => {
    expect(spaceObstacle({ ...figures, freeBytes: 15 * gb })).toBeNull();
    expect(spaceObstacle({ ...figures, freeBytes: null })).toBeNull();
  });
});
