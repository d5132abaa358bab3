/** Whether the `Accept` header names text before JSON. */
export function prefersText(accept = ''): boolean {
  const text = accept.indexOf('text/plain');
  const json = accept.indexOf('application/json');
  return text >= 0 && (json < 0 || text < json);
}
