import { openLink } from './link.ts';

/** A way to a healthy Redis that is long: each way takes `ms` more. */
export function openSlowLink(url: string, ms: number): Promise<AsyncDisposable & { url: string }> {
  return openLink(url, (_chunk, _to, pass) => setTimeout(pass, ms));
}
