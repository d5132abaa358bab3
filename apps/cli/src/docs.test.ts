import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfiguration } from '@sagekeep/runtime';
import { describe, expect, it } from 'vitest';
import { run } from './app.ts';
import { testWorld } from './testing/world.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');

async function verbsInHelp(): Promise<string[]> {
  const world = testWorld();
  await run(['--help'], world);
  const commands = /^Commands:\n(?<list>[\s\S]*?)\n\n/m.exec(world.written().out)?.groups?.['list'] ?? '';
  return [...commands.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1] ?? '');
}

describe('docs/cli.md', () => {
  it('has a line for every verb and no other', async () => {
    const table = /^## Verbs\n(?<body>[\s\S]*?)^## /m.exec(read('docs/cli.md'))?.groups?.['body'] ?? '';
    const named = table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map((match) => match[1]));
    expect([...new Set(named)].filter((verb) => verb !== 'sagekeep').sort()).toEqual(
      (await verbsInHelp()).sort(),
    );
  });
});

describe.each(['README.md', 'docs/runbook.md', 'docs/configuration.md', 'docs/cli.md'])('%s', (page) => {
  it('types no verb that does not exist', async () => {
    const known = [...(await verbsInHelp()), '--help', 'sagekeep'];
    const typed = [...read(page).matchAll(/(?:npx |scripts\/|`|exec worker )sagekeep ([a-z]\w*)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(typed.filter((verb) => !known.includes(verb))).toEqual([]);
  });
});

describe('what Sagekeep advises to type', () => {
  const sources = globSync('{packages,apps}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  const advised = new Set(sources.flatMap((file) => advisedIn(read(file))));

  it.each([...advised])('%s exists', async (command) => {
    const [verb = '', ...options] = command.split(' ');
    expect(await verbsInHelp()).toContain(verb);
    const world = testWorld();
    await run([verb, '--help'], world);
    for (const option of options) expect(world.written().out).toContain(option);
  });
});

/** Verbs with their options, where they stand in quotes. */
function advisedIn(source: string): string[] {
  const commands = source.matchAll(/[`'"(:] ?sagekeep ([a-z]+)((?: [^`'",;\n]*?)?)(?=[`'",;\n])/g);
  return [...commands]
    .filter(([, verb = '']) => !['or', 'api'].includes(verb))
    .map(([, verb, rest = '']) =>
      [verb, ...[...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option)].join(' '),
    );
}

describe('docs/configuration.md', () => {
  it('shows a file that is accepted as it stands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sagekeep-docs-'));
    const yaml = /```yaml\n(?<body>[\s\S]*?)```/.exec(read('docs/configuration.md'))?.groups?.['body'] ?? '';
    mkdirSync(join(folder, 'secrets'));
    for (const [, name = ''] of yaml.matchAll(/\/run\/secrets\/(\w+)/g))
      writeFileSync(join(folder, 'secrets', name), secretOf(name));
    const file = join(folder, 'sagekeep.yaml');
    writeFileSync(file, yaml.replaceAll('/run/secrets', join(folder, 'secrets')));
    try {
      const configuration = loadConfiguration({ environment: { SAGEKEEP_CONFIG: file }, cwd: root });
      expect(configuration.databases.map(({ name }) => name)).toEqual(['sage']);
      expect(configuration.schedules.filter(({ enabled }) => enabled)).toHaveLength(5);
      expect(configuration.alerts.channels).toHaveLength(4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function secretOf(name: string): string {
  if (name === 'redis_url') return 'redis://127.0.0.1:6379';
  if (name === 'smtp_url') return 'smtps://user:password@mail.example.org';
  if (name === 'chat_url' || name === 'ping_url') return 'https://example.org/hook';
  return name.endsWith('_url')
    ? 'postgresql://sage:password@127.0.0.1:5432/sage_memory'
    : 'a-long-enough-secret-for-tests';
}
