import { expect, it } from 'vitest';
import { localPath } from './login.ts';

it.each([
  ['/board/queue/backup/1?status=failed', '/board/queue/backup/1?status=failed'],
  ['/', '/'],
  [undefined, '/'],
  ['', '/'],
  ['board', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/a\\b', '/'],
  ['/\t/evil.example', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
])('%j leads to %s', (next, path) => {
  expect(localPath(next)).toBe(path);
});
