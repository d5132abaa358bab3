import { describe, expect, it } from 'vitest';
import { testWorld } from '../testing/world.ts';
import { createDisplay } from './display.ts';
import { barLine, progressLine } from './progressLine.ts';

const dumping = {
  progress: 41.7,
  phase: 'dumping',
  bytes: 12_000_000,
  bytesPerSecond: 3_100_000,
  etaMs: 20_000,
};

describe('progressLine', () => {
  it('tells the figures that there are', () => {
    expect(progressLine(dumping)).toBe(' 41 % dumping, 12 MB at 3.1 MB/s, about 20 s left');
    expect(progressLine({ progress: 100, phase: 'done' })).toBe('100 % done');
  });
});

describe('barLine', () => {
  it('is never wider than the terminal', () => {
    expect(barLine(dumping, 200)).toBe(`${'█'.repeat(10)}${'░'.repeat(14)} ${progressLine(dumping)}`);
    expect(barLine({ ...dumping, phase: '备份' }, 35)).toMatch(/ 41 % 备$/);
  });
});

describe('without a terminal', () => {
  it('prints the story and a line per tenth', () => {
    const world = testWorld({ timeZone: 'Asia/Shanghai' });
    const display = createDisplay(world);
    for (const progress of [1, 2, 11, 12]) display.progress({ progress, phase: 'dumping' });
    display.line('2026-11-23T09:05:00.123Z dumped 3 tables\u0007\nand said so');
    display.progress({ progress: 12, phase: 'publishing' });
    display.end();
    expect(world.written().err.split('\n')).toEqual([
      '  1 % dumping',
      ' 11 % dumping',
      '  17:05:00 dumped 3 tables\\u{07}',
      '      and said so',
      ' 12 % publishing',
      '',
    ]);
  });
});

describe('on a terminal', () => {
  it('keeps the bar below the story and takes it away at the end', () => {
    const err = { text: '', isTTY: true, columns: 60, write: (text: string) => (err.text += text) };
    const display = createDisplay(testWorld({ err }));
    display.progress({ progress: 50, phase: 'dumping' });
    display.line('dumped');
    display.end();
    const bar = barLine({ progress: 50, phase: 'dumping' }, 60);
    const clear = '\r\u001b[2K';
    expect(err.text).toBe(`${bar}${clear}  dumped\n${bar}${clear}`);
  });
});
