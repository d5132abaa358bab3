import { describe, expect, it } from 'vitest';
import { plot } from './plot.ts';

const day = 86_400_000;
const points = [
  { at: 2 * day, value: 50 },
  { at: 0, value: 100 },
  { at: day, value: 0 },
];
const drawn = (values: typeof points) =>
  plot({ title: 'Size', points: values, format: (v) => `${v} B` })?.html ?? '';

describe('plot', () => {
  it('draws in order of time, from zero to the largest', () => {
    expect(drawn(points)).toContain('points="6.0,6.0 130.0,58.0 254.0,32.0"');
  });

  it('says its values to those who cannot see it', () => {
    expect(drawn(points)).toContain('aria-label="Size: 50 B on 1970-01-03, at most 100 B since 1970-01-01"');
  });

  it('draws nothing of one point, and a flat line of zeros', () => {
    expect(drawn(points.slice(0, 1))).toBe('');
    expect(drawn(points.map((point) => ({ ...point, value: 0 })))).not.toContain('NaN');
  });
});
