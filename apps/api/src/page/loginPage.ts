import { html } from './html.ts';
import { layout } from './layout.ts';

export interface LoginPage {
  /** Where to go afterwards: a path of ours. */
  readonly next: string;
  /** What went wrong with the last try. */
  readonly problem?: string;
}

export function loginPage({ next, problem }: LoginPage): string {
  const complaint = problem !== undefined && html`<p class="fail" role="alert">${problem}</p>`;
  const body = html`<form class="card login" method="post" action="/login">
<h1>Sagekeep</h1><p class="dim">Log in to see backups and jobs.</p>${complaint}
<input type="hidden" name="next" value="${next}">
<label for="user">User</label><input id="user" name="user" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button></form>`;
  return layout({ title: 'Log in · Sagekeep', body });
}
