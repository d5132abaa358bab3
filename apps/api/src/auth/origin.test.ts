import { expect, it } from 'vitest';
import { fromOurOwnPages } from './origin.ts';

const host = 'backup.example:8420';
it.each([
  [{}, true],
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ origin: `http://${host}` }, true],
  [{ origin: 'http://evil.example' }, false],
  [{ origin: 'null' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: `http://${host}` }, false],
] as const)('%j', (headers, ours) => {
  expect(fromOurOwnPages({ headers: { host, ...headers } })).toBe(ours);
});
