import { type ErrorCode, type Expectations, SagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { type Check, fail, pass, warn } from './check.ts';
import type { Probe } from './probe.ts';
import { type RunOptions, runChecks, worstStatus } from './runChecks.ts';

const probe = { mode: 'full', role: 'sage', database: configured({}) } as Probe;

function configured(checks: NonNullable<Expectations['checks']>) {
  return { expect: { checks } } as Probe['database'];
}

function check(id: string, run: Check['run'], changes: Partial<Check> = {}): Check {
  return {
    id,
    title: id,
    group: 'structure',
    mode: 'quick',
    asks: '?',
    worst: 'fail',
    expected: 'good',
    advice: 'mend it',
    run,
    ...changes,
  };
}

function run(checks: Check[], changes: Partial<RunOptions> = {}) {
  const signal = new AbortController().signal;
  return runChecks({
    checks,
    probe,
    start() {},
    lost: new AbortController().signal,
    signal,
    onFinding() {},
    ...changes,
  });
}

function failing(code: ErrorCode, sqlState?: string) {
  return check('x', () => {
    throw new SagekeepError(code, 'said the server', { facts: sqlState === undefined ? {} : { sqlState } });
  });
}

it('fills in expectation and advice, and gives no advice for what passed', async () => {
  const findings = await run([check('good', () => pass('1')), check('bad', () => warn('2'))]);
  expect(findings).toMatchObject([
    { id: 'good', status: 'pass', value: '1', expected: 'good', advice: '' },
    { id: 'bad', status: 'warn', value: '2', expected: 'good', advice: 'mend it' },
  ]);
});

it('asks once more what somebody held a lock on', async () => {
  let asked = 0;
  const held = check('held', () => {
    asked += 1;
    if (asked === 1) throw new SagekeepError('OBJECT_BUSY', 'held', { facts: { sqlState: '55P03' } });
    return pass('free');
  });
  expect(await run([held])).toMatchObject([{ status: 'pass', value: 'free' }]);
});

it('does not ask what is switched off, and says no worse than it may', async () => {
  const findings = await run(
    [
      check('a', () => {
        throw new Error('it was asked');
      }),
      check('b', () => fail('2')),
      check('c', () => fail('3')),
    ],
    { probe: { ...probe, database: configured({ a: 'off', b: 'warn' }) } },
  );
  expect(findings.map(({ status }) => status)).toEqual(['skip', 'warn', 'fail']);
});

it('hands on what was measured, whatever the status', async () => {
  const findings = await run([
    check('good', () => ({ ...pass('1'), measures: { bytes: 5 } })),
    check('bad', () => ({ ...warn('2'), measures: { 'public.t': 97.5 } })),
    check('plain', () => pass('3')),
  ]);
  expect(findings.map(({ measures }) => measures)).toEqual([{ bytes: 5 }, { 'public.t': 97.5 }, undefined]);
});

it.each([
  ['PERMISSION_MISSING', '42501', 'skip'],
  ['INTERNAL', '57014', 'skip'],
  ['INTERNAL', '25006', 'skip'],
  ['OBJECT_BUSY', '55P03', 'skip'],
  ['OBJECT_BUSY', undefined, 'skip'],
  ['TOOLS_MISSING', undefined, 'skip'],
  ['TOOLS_TOO_OLD', undefined, 'skip'],
  ['SERVER_UNREACHABLE', undefined, 'skip'],
  ['INTERNAL', '40001', 'skip'],
  ['TOOL_FAILED', undefined, 'fail'],
  ['SERVER_GONE', '57P01', 'skip'],
  ['INTERNAL', 'XX001', 'fail'],
  ['INTERNAL', '42601', 'fail'],
] as const)('makes a finding of %s %s: %s', async (code, sqlState, status) => {
  const [finding, next] = await run([failing(code, sqlState), check('next', () => pass('1'))]);
  expect(finding).toMatchObject({ status });
  expect(next).toMatchObject({ status: 'pass' });
});

it('asks again when something was dropped after it was listed', async () => {
  const vanishing = (answers: Check['run'][]) => check('x', (asked) => answers.shift()?.(asked) ?? pass(''));
  const gone = (oid: number) => () => {
    throw new SagekeepError('INTERNAL', `could not open relation with OID ${oid}`, {
      facts: { sqlState: 'XX000' },
    });
  };
  const statusOf = async (answers: Check['run'][]) =>
    (await run([vanishing(answers)])).map(({ status }) => status);
  expect(await statusOf([gone(7), () => pass('fine')])).toEqual(['pass']);
  expect(await statusOf([gone(7), gone(8)])).toEqual(['skip']);
  expect(await statusOf([gone(7), gone(7)])).toEqual(['fail']);
});

it('makes a failed finding of a check that breaks down', async () => {
  const [finding] = await run([
    check('broken', () => {
      throw new TypeError('no such thing');
    }),
  ]);
  expect(finding).toMatchObject({ status: 'fail', value: 'the check broke down: TypeError: no such thing' });
});

it('asks only what needs no connection when there is none', async () => {
  const findings = await run([check('a', () => pass('1'), { offline: true }), check('b', () => pass('2'))], {
    lost: null,
  });
  expect(findings.map(({ status }) => status)).toEqual(['pass', 'skip']);
});

it('leaves out full checks in quick mode', async () => {
  const findings = await run([check('a', () => pass('1'), { mode: 'full' }), check('b', () => pass('2'))], {
    probe: { ...probe, mode: 'quick' },
  });
  expect(findings.map(({ id }) => id)).toEqual(['b']);
});

it('ends with the reason of the signal, also out of a check', async () => {
  const control = new AbortController();
  const reason = new Error('cancelled');
  const checks = [
    check('a', () => {
      control.abort(reason);
      throw new SagekeepError('SERVER_GONE', 'gone');
    }),
  ];
  await expect(run(checks, { signal: control.signal })).rejects.toBe(reason);
});

it('calls a run by its worst finding', () => {
  expect(worstStatus([{ status: 'pass' }, { status: 'warn' }, { status: 'skip' }])).toBe('warn');
  expect(worstStatus([{ status: 'pass' }, { status: 'fail' }, { status: 'warn' }])).toBe('fail');
  expect(worstStatus([{ status: 'pass' }, { status: 'skip' }])).toBe('pass');
  expect(worstStatus([{ status: 'skip' }])).toBe('skip');
});
