import { expect, it } from 'vitest';
import { mended, mendedScheduler, unreadableIn } from './mended.ts';

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

it('of a scheduler, whose parent and progress nobody reads, the data counts', () => {
  const scheduler = { name: 'plan', pattern: '0 2 * * *', data: '{}', opts: '{"attempts":4}', parent: '{' };
  expect(mendedScheduler(scheduler)).toBe(scheduler);
  const { data: _, ...rest } = scheduler;
  const opts = '{"attempts":4,"unreadable":["data"]}';
  expect(mendedScheduler({ ...scheduler, data: '{"a":' })).toEqual({ ...rest, opts });
});
