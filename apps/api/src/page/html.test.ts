import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes values, keeps HTML, and leaves out what is absent', () => {
  const name = '<img src=x onerror="alert(1)">';
  const items = ['a', 'b'].map((item) => html`<li>${item}</li>`);
  expect(html`<p title="${name}">${items}${null}${false}${undefined}${0}</p>`.html).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"><li>a</li><li>b</li>0</p>',
  );
});
