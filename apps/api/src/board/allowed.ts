/** A route of Bull Board, by its pattern, with what stands in the pattern's places. */
export interface BoardRequest {
  readonly method: string;
  readonly route: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The only writes that the page may make: run a failed job again, or all failed ones of a queue. Everything else
 * that Bull Board can do (obliterate, clean, add, edit, pause, concurrency, schedules …) has its own, audited way.
 */
export function isAllowed({ method, route, params }: BoardRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (method !== 'PUT') return false;
  if (route === '/api/queues/:queueName/:jobId/retry') return true;
  return route === '/api/queues/:queueName/retry/:queueStatus' && params['queueStatus'] === 'failed';
}
