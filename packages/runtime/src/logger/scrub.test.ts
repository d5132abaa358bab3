import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formsOf } from '../configuration/secrets.ts';
import { createLogger } from './createLogger.ts';
import { createScrubber } from './scrub.ts';

const secret = 'p@ss/wörd+"quoted"';

function collector() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

it('takes a secret out in every form, also inside base64 of something longer', () => {
  const scrub = createScrubber(formsOf(secret));
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify({ password: secret }),
    Buffer.from(secret).toString('base64'),
    ...['a', 'ab', 'abc'].map((user) => Buffer.from(`${user}:${secret}`).toString('base64')),
    Buffer.from(`user:${secret}`).toString('base64url'),
  ];
  for (const form of forms) {
    const clean = scrub(`before ${form} after`);
    expect(clean).toContain('[secret]');
    expect(clean).not.toContain(form);
  }
});

it('takes out what was added to its list later, from the next text on', () => {
  const secrets: string[] = [];
  const scrub = createScrubber(secrets);
  expect(scrub('canary-one')).toBe('canary-one');
  secrets.push('canary-one');
  expect(scrub('canary-one canary-two')).toBe('[secret] canary-two');
  secrets.push('canary-two');
  expect(scrub('canary-one canary-two')).toBe('[secret] [secret]');
});

it('leaves no secret in any text, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 6, maxLength: 30 }).filter((text) => text.trim().length > 5),
      fc.string({ unit: fc.constantFrom('x', ' ', '\n') }),
      (canary, around) => {
        const scrub = createScrubber(formsOf(canary));
        expect(scrub(`${around}${canary}${around}`)).not.toContain(canary);
      },
    ),
  );
});

it('no line of a logger holds a secret: messages, fields, nested causes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-logs-'));
  const output = collector();
  const logger = createLogger({
    configuration: { logs: { folder, level: 'info', pretty: false }, secrets: formsOf(secret) },
    process: 'test',
    output: output.stream,
  });
  const cause = new Error(`cannot connect to postgresql://u:${encodeURIComponent(secret)}@h`);
  logger.log
    .child({ jobId: '7' })
    .error({ err: new Error(secret, { cause }), deep: { er: [secret] } }, `m ${secret}`);
  await logger.close();
  const file = readFileSync(join(folder, 'test.log'), 'utf8');
  for (const text of [file, output.text()]) {
    expect(text).toContain('"jobId":"7"');
    expect(text).toContain('[secret]');
    for (const form of formsOf(secret)) expect(text).not.toContain(form);
  }
  rmSync(folder, { recursive: true });
});

it('two processes of one name do not share a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-logs-'));
  const configuration = { logs: { folder, level: 'info', pretty: false }, secrets: [] };
  const sink = collector().stream;
  const first = createLogger({ configuration, process: 'worker', output: sink });
  const second = createLogger({ configuration, process: 'worker', output: sink });
  first.log.info({}, 'from the first');
  second.log.info({}, 'from the second');
  await Promise.all([first.close(), second.close()]);
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  expect(logs.sort()).toEqual(['worker-2.log', 'worker.log']);
  rmSync(folder, { recursive: true });
});

it('a log folder that cannot be written is told, and the process goes on', async () => {
  const output = collector();
  const logger = createLogger({
    configuration: { logs: { folder: '/dev/null/logs', level: 'info', pretty: false }, secrets: [] },
    process: 'test',
    output: output.stream,
  });
  logger.log.info({}, 'still here');
  const drained = once(output.stream, 'finish');
  await logger.close();
  output.stream.end();
  await drained;
  expect(output.text()).toContain('the log file cannot be written');
  expect(output.text()).toContain('still here');
});
