import { expect, it } from 'vitest';
import { mended, unreadableIn } from './mended.ts';

const whole = {
  name: 'plan',
  data: '{}',
  opts: '{"attempts":4}',
  progress: '{"progress":1}',
  parent: '{"id":"p"}',
};

it('a job that can be read is left as it is, one without options too', () => {
  expect(mended(whole)).toBe(whole);
  const bare = { data: 'not json', opts: '', progress: '' };
  expect(mended(bare)).toBe(bare);
});

it.each(['opts', 'progress', 'parent'] as const)('what is no JSON in %s is left out, and named', (field) => {
  const { [field]: _, ...rest } = whole;
  const opts = field === 'opts' ? { unreadable: ['opts'] } : { attempts: 4, unreadable: [field] };
  const read = mended({ ...whole, [field]: '{"a":' });
  expect(read).toEqual({ ...rest, opts: JSON.stringify(opts) });
  expect(unreadableIn({ opts })).toEqual([field]);
});

it.each(['null', '5', '"text"'])('%s is no options', (opts) => {
  expect(mended({ ...whole, opts })).toEqual({ ...whole, opts: '{"unreadable":["opts"]}' });
});
