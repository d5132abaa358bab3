import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UIConfig } from '@bull-board/api/typings/app';
import { escapeHtml } from '../page/html.ts';

/**
 * Bull Board's own page, filled in once. Its link to a font service is taken out: the page asks nothing of any other
 * machine, and falls back to the system's fonts.
 */
export async function boardPage(staticFolder: string, basePath: string, uiConfig: UIConfig): Promise<string> {
  const template = await readFile(join(dirname(staticFolder), 'index.ejs'), 'utf8');
  return fillTemplate(template, {
    basePath: `${basePath}/`,
    title: uiConfig.boardTitle ?? '',
    favIconDefault: uiConfig.favIcon?.default ?? '',
    favIconAlternative: uiConfig.favIcon?.alternative ?? '',
    uiConfig: JSON.stringify(uiConfig).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
  });
}

/** `<%= name %>` escaped, `<%- name %>` as it is; throws for a name that is not given. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .replace(/<link\b[^>]*\bhref="https?:[^>]*>/g, '')
    .replace(/<%([=-])\s*(\w+)\s*%>/g, (_tag, kind: string, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Bull Board's page wants "${name}", which is not known`);
      return kind === '=' ? escapeHtml(value) : value;
    });
}
