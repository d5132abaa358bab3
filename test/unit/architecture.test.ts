import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { workerNodeOptions } from '@sagekeep/runtime';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Which rooms a room may import: the direction that docs/ARCHITECTURE.md draws. */
const allowed: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/storage': ['contracts'],
  'packages/engine': ['contracts', 'storage'],
  'packages/watch': ['contracts', 'storage'],
  'packages/runtime': ['contracts'],
  'apps/api': ['contracts', 'storage', 'watch', 'runtime'],
  'apps/worker': ['contracts', 'storage', 'watch', 'runtime', 'engine'],
  'apps/cli': ['contracts', 'storage', 'watch', 'runtime', 'engine'],
  'apps/local': ['contracts', 'runtime'],
};

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;

/** Programs hand `process.env` over to the runtime. */
const entryPoints = /\/(program|health)\.ts$/;

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '');
}

/** `@sagekeep/storage/testing` lives in `storage`. */
function roomOf(name: string): string {
  return name.split('/')[1] ?? '';
}

function sources(room: string): string[] {
  return globSync(`${room}/src/**/*.ts`, { cwd: root }).map((file) => resolve(root, file));
}

describe.each(Object.entries(allowed))('%s', (room, rooms) => {
  const files = sources(room);

  it('imports only the rooms that the picture allows', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('@sagekeep/'))
        .filter((name) => !rooms.includes(roomOf(name)))
        .map((name) => `${relative(root, file)} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reaches no other room by a relative path', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .filter((name) => !resolve(dirname(file), name).startsWith(resolve(root, room)))
        .map((name) => `${relative(root, file)} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('declares exactly those rooms in its package.json', () => {
    const manifest = JSON.parse(readFileSync(resolve(root, room, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    const declared = Object.keys(manifest.dependencies ?? {})
      .filter((name) => name.startsWith('@sagekeep/'))
      .map((name) => name.slice('@sagekeep/'.length));
    expect(declared.filter((name) => !rooms.includes(name))).toEqual([]);
  });
});

/** Files that import one another in a ring, types included; null when there is none. */
function ringIn(room: string): string[] | null {
  const files = sources(room).filter((file) => !file.endsWith('.test.ts'));
  const imported = new Map(
    files.map((file) => {
      const local = importsOf(file).filter((name) => name.startsWith('.'));
      return [file, local.map((name) => resolve(dirname(file), name))];
    }),
  );
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | null => {
    if (way.includes(file)) return way.slice(way.indexOf(file)).map((name) => relative(root, name));
    if (done.has(file)) return null;
    for (const next of imported.get(file) ?? []) {
      const ring = visit(next, [...way, file]);
      if (ring !== null) return ring;
    }
    done.add(file);
    return null;
  };
  for (const file of files) {
    const ring = visit(file, []);
    if (ring !== null) return ring;
  }
  return null;
}

it.each(Object.keys(allowed))('no files of %s import one another in a ring', (room) => {
  expect(ringIn(room)).toBeNull();
});

describe('guarantees', () => {
  it('the API cannot touch a database: no driver, no child processes', () => {
    const wrong = sources('apps/api').flatMap((file) =>
      importsOf(file)
        .filter((name) => ['pg', 'execa', 'dockerode', 'node:child_process'].includes(name))
        .map((name) => `${relative(root, file)} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('a restore works without Redis: the engine knows no queue', () => {
    const wrong = ['packages/engine', 'packages/storage'].flatMap((room) =>
      sources(room).flatMap((file) =>
        importsOf(file)
          .filter((name) => ['bullmq', 'ioredis'].includes(name))
          .map((name) => `${relative(root, file)} imports ${name}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('a worker in Docker runs with the options of Node that workers have everywhere', () => {
    const command = ['node', ...workerNodeOptions, 'apps/worker/src/main.ts'];
    const dockerfile = readFileSync(resolve(root, 'Dockerfile.worker'), 'utf8');
    expect(dockerfile).toContain(`CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
  });

  it('only the runtime reads the environment', () => {
    const reader = resolve(root, 'packages/runtime');
    const wrong = Object.keys(allowed)
      .flatMap(sources)
      .filter((file) => !file.startsWith(reader) && !file.endsWith('.test.ts'))
      .filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')))
      .filter((file) => !entryPoints.test(file))
      .map((file) => relative(root, file));
    expect(wrong).toEqual([]);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  const page = readFileSync(resolve(root, 'docs/ARCHITECTURE.md'), 'utf8');
  const named = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');

  it('has one line for every folder of a room, however deep', () => {
    const folders = Object.keys(allowed).flatMap((room) =>
      sources(room)
        .map((file) => relative(root, dirname(file)))
        .filter((folder) => folder !== `${room}/src`),
    );
    const lines = (folder: string) => named.filter((name) => name === folder).length;
    expect([...new Set(folders)].filter((folder) => lines(folder) !== 1)).toEqual([]);
  });

  it('names no folder that is not there', () => {
    expect(named.filter((folder) => !existsSync(resolve(root, folder)))).toEqual([]);
  });
});
