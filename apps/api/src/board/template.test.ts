import { expect, it } from 'vitest';
import { fillTemplate } from './template.ts';

it('fills in, escapes, and takes links to other machines out', () => {
  const template = `<base href="<%= basePath %>"><link href="https://fonts.example/css2?x" rel="stylesheet">
<link href="static/main.css"><script type="application/json"><%- uiConfig %></script>`;
  expect(fillTemplate(template, { basePath: '/board/"', uiConfig: '{"a":1}' })).toBe(
    `<base href="/board/&quot;">
<link href="static/main.css"><script type="application/json">{"a":1}</script>`,
  );
});

it('does not pass over what it does not know', () => {
  expect(() => fillTemplate('<%= other %>', {})).toThrow('"other"');
});
