import { type Html, html } from './html.ts';

/** Colours and measures of all our pages: light and dark by the system, and narrow enough for a phone. */
const style = {
  html: `
:root{color-scheme:light dark;--bg:#f6f7f5;--card:#fff;--text:#1d2520;--dim:#66716a;--line:#dfe4df;
--ok:#2c7a4b;--warn:#a15c00;--fail:#b3261e;--unknown:#5c6670;--accent:#2c6e63}
@media (prefers-color-scheme:dark){:root{--bg:#121715;--card:#1a211e;--text:#e4eae6;--dim:#94a19a;--line:#2b3530;
--ok:#5fc58a;--warn:#e5a44b;--fail:#f2867d;--unknown:#9aa5ae;--accent:#6fc3b4}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:0}
a{color:var(--accent)}.dim{color:var(--dim)}.card{background:var(--card);border:1px solid var(--line);
border-radius:.6rem;padding:1rem 1.1rem;margin:0 0 1rem}code{font:13px ui-monospace,monospace;background:var(--bg);
border:1px solid var(--line);border-radius:.3rem;padding:.1rem .35rem;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:baseline;margin:0 0 1.25rem}
header nav{margin-left:auto;display:flex;gap:1rem}
.ok{color:var(--ok)}.warn{color:var(--warn)}.fail{color:var(--fail)}.unknown{color:var(--unknown)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.6rem 1.2rem;margin:.7rem 0}
dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
ul.lines{list-style:none;margin:.6rem 0 0;padding:0}ul.lines li{padding:.45rem 0;border-top:1px solid var(--line)}
label{display:block;margin:.8rem 0 .2rem}input{width:100%;padding:.55rem .7rem;border:1px solid var(--line);
border-radius:.4rem;background:var(--bg);color:inherit;font:inherit}button{margin-top:1.1rem;width:100%;padding:.6rem;
border:0;border-radius:.4rem;background:var(--accent);color:var(--card);font:inherit;font-weight:600;cursor:pointer}
.login{max-width:22rem;margin:12vh auto 0}svg{display:block;max-width:100%}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));
gap:1rem;margin:.9rem 0}figure{margin:0}polyline{fill:none;stroke:var(--accent);stroke-width:1.5}
circle{fill:var(--accent)}.axis{display:flex;justify-content:space-between;font-size:.75rem}`,
};

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Seconds after which the page loads itself again. */
  readonly refreshSeconds?: number;
}

/** A whole page: self-contained, without a script, and with nothing to load from elsewhere. */
export function layout({ title, body, refreshSeconds }: Page): string {
  const refresh =
    refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">${refresh}<link rel="icon" href="data:,"><title>${title}</title>
<style>${style}</style></head><body><main>${body}</main></body></html>`.html;
}
