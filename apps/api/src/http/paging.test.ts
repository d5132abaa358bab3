import { expect, it } from 'vitest';
import { pageBy } from './paging.ts';

const keyOf = (item: string) => item;

it('walks a list in pages, each item once, while others come and go', () => {
  let all = ['a', 'c', 'e', 'g', 'i'];
  const first = pageBy(all, { limit: 2 }, keyOf);
  expect(first.items).toEqual(['i', 'g']);
  all = ['a', 'c', 'e', 'i', 'k'];
  const second = pageBy(all, { limit: 2, cursor: first.nextCursor }, keyOf);
  expect(second.items).toEqual(['e', 'c']);
  const last = pageBy(all, { limit: 2, cursor: second.nextCursor }, keyOf);
  expect(last).toEqual({ items: ['a'] });
});

it('has no next page when the last one is full, nor when there is nothing', () => {
  expect(pageBy(['a', 'b'], { limit: 2 }, keyOf)).not.toHaveProperty('nextCursor');
  expect(pageBy([], { limit: 2 }, keyOf)).toEqual({ items: [] });
});

it('takes no cursor of its own making', () => {
  expect(() => pageBy(['a'], { limit: 2, cursor: 'nonsense' }, keyOf)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT' }),
  );
});
