import type { Finding } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { findingsText } from './findings.ts';

function finding(given: Partial<Finding>): Finding {
  const plain = { id: 'a.b', title: 'A thing', group: 'connection', status: 'pass', durationMs: 1 } as const;
  return { ...plain, value: 'fine', expected: 'fine', advice: '', ...given };
}

it('puts what needs somebody first, with what to do', () => {
  const findings = [
    finding({}),
    finding({ status: 'skip', value: 'no Docker' }),
    finding({ status: 'warn', id: 'c.d', value: 'slow', expected: 'fast' }),
    finding({ status: 'fail', id: 'e.f', value: '3 orphans', expected: 'none', advice: 'Look at them' }),
  ];
  expect(findingsText({ status: 'fail', findings })).toBe(
    [
      'FAIL: 4 checks: 1 pass, 1 warn, 1 fail, 1 skipped',
      '  FAIL  A thing: 3 orphans  [e.f]',
      '        expected  none',
      '        do        Look at them',
      '  WARN  A thing: slow  [c.d]',
      '        expected  fast',
      '  ok    A thing: fine  [a.b]',
      '  skip  A thing: no Docker  [a.b]',
    ].join('\n'),
  );
});
