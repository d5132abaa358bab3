import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LogFile, type LogFileOptions, openLogFile } from './files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sagekeep-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);
const oldOnes = () => readdirSync(folder).filter((name) => name.endsWith('.gz'));
const textOf = (name: string) => gunzipSync(readFileSync(inFolder(name))).toString();

function open(options: Partial<LogFileOptions> = {}): LogFile {
  const file = openLogFile(folder, 'worker', {
    onTrouble: (error) => expect.unreachable(error.message),
    ...options,
  });
  if (file === null) throw new Error('no log file');
  return file;
}

/** Writes more than a file may hold, and waits until it was put aside. */
async function fill(file: LogFile, line: string): Promise<void> {
  const rotated = once(file.stream, 'rotated');
  file.stream.write(`${line.padEnd(1100, '.')}\n`);
  await rotated;
}

it('a file that is full is put aside, compressed, and only so many old ones are kept', async () => {
  const file = open({ maxKilobytes: 1, oldFiles: 3 });
  for (const line of ['first', 'second', 'third', 'fourth', 'fifth']) await fill(file, line);
  file.stream.write('newest\n');
  await file.close();
  expect(readFileSync(inFolder('worker.log'), 'utf8')).toBe('newest\n');
  const kept = oldOnes().map((name) => textOf(name).replace(/\.+\n$/, ''));
  expect(kept.sort()).toEqual(['fifth', 'fourth', 'third']);
});

it('a file of yesterday is put aside when the next day writes', async () => {
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  writeFileSync(inFolder('worker.log'), 'yesterday\n');
  utimesSync(inFolder('worker.log'), yesterday, yesterday);
  const file = open();
  const rotated = once(file.stream, 'rotated');
  file.stream.write('today\n');
  await rotated;
  await file.close();
  expect(oldOnes().map(textOf)).toEqual(['yesterday\n']);
  expect(readFileSync(inFolder('worker.log'), 'utf8')).toBe('today\n');
});

it('a file of today is written on, by one process only', async () => {
  const [first, second] = [open(), open()];
  first.stream.write('one\n');
  second.stream.write('other\n');
  await first.close();
  const again = open();
  again.stream.write('two\n');
  await Promise.all([again.close(), second.close()]);
  expect(readFileSync(inFolder('worker.log'), 'utf8')).toBe('one\ntwo\n');
  expect(readFileSync(inFolder('worker-2.log'), 'utf8')).toBe('other\n');
  expect(oldOnes()).toEqual([]);
});

it('a folder that cannot be written is told once, and there is no file', () => {
  writeFileSync(inFolder('file'), '');
  const troubles: string[] = [];
  const onTrouble = (error: Error) => void troubles.push(error.message);
  expect(openLogFile(inFolder('file'), 'worker', { onTrouble })).toBeNull();
  expect(troubles).toEqual([expect.stringMatching(/EEXIST|ENOTDIR/)]);
});
