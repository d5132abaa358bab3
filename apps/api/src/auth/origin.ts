import type { FastifyRequest } from 'fastify';

/**
 * Whether a browser made this request for a page of ours. Programs send neither header and pass: they hold the
 * credentials themselves, no foreign page can lend them.
 */
export function fromOurOwnPages(request: Pick<FastifyRequest, 'headers'>): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = request.headers.origin;
  return origin === undefined || hostOf(origin) === request.headers.host;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
