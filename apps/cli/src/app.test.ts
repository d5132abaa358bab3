import { describe, expect, it } from 'vitest';
import { run } from './app.ts';
import { exitCodes } from './exitCodes.ts';
import { testWorld } from './testing/world.ts';

describe('a command that is not understood', () => {
  it.each([
    [['bogus']],
    [['show']],
    [['list', '--nonsense']],
    [['jobs', '--queue', 'nowhere']],
    [['jobs', '--offline']],
    [['restore', 'sage', 'latest']],
    [['restore.sh', 'latest']],
  ])('%j ends with 2', async (argv) => {
    const world = testWorld();
    expect(await run(argv, world)).toBe(exitCodes.usage);
    expect(world.written().out).toBe('');
    expect(world.written().err).not.toBe('');
  });
});

describe('help', () => {
  it('names every verb and every exit code, and not the old scripts', async () => {
    const world = testWorld();
    expect(await run(['--help'], world)).toBe(exitCodes.done);
    const { out } = world.written();
    for (const verb of 'status backup list show prove plan restore undo verify cleanup hold acknowledge schedule jobs retry cancel alerts doctor'.split(
      ' ',
    ))
      expect(out).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    expect(out).toContain('3    done, and it found something that needs you');
    expect(out).not.toContain('backup.sh');
  });
});

describe('without an API', () => {
  it('says so and offers --offline by name', async () => {
    const world = testWorld();
    expect(await run(['list', 'sage'], world)).toBe(exitCodes.failed);
    expect(world.written().err).toContain('[API_UNAVAILABLE]');
    expect(world.written().err).toContain('sagekeep list … --offline');
  });

  it('does not offer it where there is none', async () => {
    const world = testWorld();
    expect(await run(['jobs'], world)).toBe(exitCodes.failed);
    expect(world.written().err).not.toContain('--offline');
  });

  it('answers --json with one JSON document on stdout', async () => {
    const world = testWorld({ environment: { SAGEKEEP_URL: 'http://127.0.0.1:1' } });
    expect(await run(['status', '--json'], world)).toBe(exitCodes.failed);
    expect(JSON.parse(world.written().out)).toMatchObject({
      error: {
        code: 'API_UNAVAILABLE',
        message: expect.stringContaining('http://127.0.0.1:1 (from SAGEKEEP_URL)'),
      },
    });
  });
});
