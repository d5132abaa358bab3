import type { DatabaseStatus, Level, Status, StatusLine } from '@sagekeep/contracts';
import { byteSize, count, duration } from '@sagekeep/watch';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { type History, historyOf, trends } from './trends.ts';

const verdicts: Readonly<Record<Level, string>> = {
  ok: 'All is well. You may sleep.',
  warn: 'Something wants attention.',
  fail: 'Something is wrong.',
  unknown: 'Not everything could be asked.',
};

const signs: Readonly<Record<Level, string>> = { ok: '●', warn: '▲', fail: '■', unknown: '?' };

/** The status for people: a verdict first, then each database, then everything else. */
export function statusPage(status: Status, history: History): string {
  const title = `${verdicts[status.level]} · Sagekeep`;
  const body = html`<header><h1 class="${status.level}">${signs[status.level]} ${verdicts[status.level]}</h1>
<nav><a href="/board">Jobs</a><a href="/docs">API</a><a href="/logout">Log out</a></nav></header>
${status.databases.map((database) => databaseCard(database, history))}${systemCard(status)}
<p class="dim">As of ${time(status.at)}. This page loads itself again every minute.</p>`;
  return layout({ title, body, refreshSeconds: 60 });
}

function databaseCard(database: DatabaseStatus, history: History): Html {
  const { lastBackup, lastProven, rpo, rto, backups } = database;
  const none = backups === null ? 'not known' : 'none';
  return html`<section class="card"><h2>${sign(database.level)} ${database.database}</h2><dl>
${fact('Last backup', lastBackup === null ? none : html`${time(lastBackup.at)}<br>${byteSize(lastBackup.bytes)}`)}
${fact('Last proven', lastProven === null ? none : time(lastProven.at))}
${fact('Newest that counts (RPO)', html`${known(rpo.actualMs)} <span class="dim">of ${duration(rpo.targetMs)}</span>`)}
${fact('Time to be back (RTO)', html`${known(rto.measuredMs)} <span class="dim">of ${duration(rto.targetMs)}</span>`)}
${fact('Backups', backups === null ? none : html`${count(backups.count)}, ${byteSize(backups.bytes)}`)}
${database.coverage.map(coverage)}
</dl>${lines(database.lines)}${trends(historyOf(history, database.database))}</section>`;
}

function coverage({ column, percent }: DatabaseStatus['coverage'][number]): Html {
  return fact(`Coverage of ${column}`, html`${percent} <span class="dim">% of the rows</span>`);
}

function systemCard(status: Status): Html {
  const { storage, workers, nextRuns, queues } = status;
  const isUnknown = status.lines.some(({ id, level }) => id === 'schedules' && level === 'unknown');
  const none = queues === null || isUnknown ? 'not known' : 'none planned';
  const free = storage.freeBytes === null ? 'no limit known' : `${byteSize(storage.freeBytes)} free`;
  return html`<section class="card"><h2>Sagekeep</h2><dl>
${fact('Storage', html`${free}<br><span class="dim">${storage.location}</span>`)}
${fact('Workers', workers === null ? 'not known' : count(workers.length))}
${fact('Next runs', nextRuns.length === 0 ? none : nextRuns.map(nextRun))}
</dl>${lines(status.lines)}</section>`;
}

function nextRun({ schedule, at }: Status['nextRuns'][number]): Html {
  return html`<div>${schedule}<br><span class="dim">${time(at)}</span></div>`;
}

function lines(all: readonly StatusLine[]): Html {
  const items = all.map(
    (line) => html`<li><span class="${line.level}">${signs[line.level]}</span> ${line.text}
${line.since !== null && html` <span class="dim">since ${time(line.since)}</span>`}
${line.why !== null && html`<br><span class="dim">${line.why}</span>`}
${line.command !== null && html`<br><code>${line.command}</code>`}</li>`,
  );
  return html`<ul class="lines">${items}</ul>`;
}

function fact(name: string, value: unknown): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function sign(level: Level): Html {
  return html`<span class="${level}">${signs[level]}</span>`;
}

function known(ms: number | null): string {
  return ms === null ? 'not known' : duration(ms);
}

function time(instant: string): Html {
  return html`<time datetime="${instant}">${instant.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
