import { createHmac } from 'node:crypto';
import type { DeliverPayload } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { runId } from './channels/healthchecks.ts';
import { syslogLine } from './channels/syslog.ts';
import { signature } from './channels/webhook.ts';
import { type AlertEvent, messageOf, testIncident } from './message.ts';
import { fillTemplate } from './template.ts';

const at = '2026-11-22T02:00:00.000Z';
const incident = {
  ...testIncident(at),
  id: 'i1',
  key: 'a"]b',
  title: 'The backup of sage failed',
  detail: 'why',
  advice: 'do',
  severity: 'fail' as const,
};
const payload: DeliverPayload = { incident: 'i1', channel: 'hook', event: 'opened', at };

it('says in its subject what it is about', () => {
  const subject = (event: AlertEvent) => messageOf(incident, payload, event).subject;
  expect(subject('opened')).toBe('[FAIL] The backup of sage failed');
  expect(subject('reminded')).toBe('[STILL FAIL] The backup of sage failed');
  expect(subject('resolved')).toBe('[RESOLVED] The backup of sage failed');
  expect(messageOf(incident, payload, 'opened').text).toContain('next      do');
  expect(messageOf(incident, payload, 'resolved').text).not.toContain('next');
});

describe('fillTemplate', () => {
  it('escapes values inside of JSON, and leaves other templates as they are', () => {
    const fields = { title: 'a "quoted"\nline', detail: null };
    expect(JSON.parse(fillTemplate('{"text": "{{ title }}{{detail}}"}', fields))).toEqual({
      text: 'a "quoted"\nline',
    });
    expect(fillTemplate('say {{title}}', fields)).toBe('say a "quoted"\nline');
  });
  it.each([
    '{{text}}',
    '[sagekeep] {{text}}',
    '{sagekeep} {{text}}',
    '[{{text}}](https://x.test)',
    '{{n}}: {{text}}',
  ])('takes %s for text: the values stay as they are', (template) => {
    const text = 'a "quoted"\nline \\';
    expect(fillTemplate(template, { text, n: 1 })).toBe(
      template.replace('{{text}}', () => text).replace('{{n}}', '1'),
    );
  });
  it('takes objects and arrays for JSON, with numbers outside of strings', () => {
    const fields = { text: 'a "quoted"\nline \\', n: 3 };
    expect(JSON.parse(fillTemplate('\n{"count": {{n}}, "lines": ["{{ text }}"]}\n', fields))).toEqual({
      count: 3,
      lines: [fields.text],
    });
    expect(JSON.parse(fillTemplate('["{{text}}", {{n}}]', fields))).toEqual([fields.text, 3]);
  });
  it('leaves unknown names standing and fills no value twice', () => {
    expect(fillTemplate('{{titel}} {{title}}', { title: '{{detail}}', detail: 'x' })).toBe(
      '{{titel}} {{detail}}',
    );
    expect(fillTemplate('{{constructor}}', {})).toBe('{{constructor}}');
  });
});

it('writes RFC 5424, escapes the data and stays below 2 KiB', () => {
  const line = syslogLine(
    messageOf({ ...incident, detail: '很'.repeat(2000) }, payload, 'opened'),
    new Date(at),
  );
  expect(line).toMatch(
    /^<27>1 2026-11-22T02:00:00\.000Z \S+ sagekeep \d+ opened \[sagekeep@32473 incident="i1" key="a\\"\\\]b" event="opened"\] \ufeff\[FAIL\]/,
  );
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2048);
  expect(line).not.toContain('\ufffd');
});

it('signs the time and the body', () => {
  const hmac = createHmac('sha256', 's').update('12.body').digest('hex');
  expect(signature('s', '12', 'body')).toBe(`sha256=${hmac}`);
});

it('gives runs an id in the form of a UUID, the same for the same job', () => {
  expect(runId('job-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(runId('job-1')).toBe(runId('job-1'));
});
