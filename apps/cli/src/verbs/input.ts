import { SagekeepError } from '@sagekeep/contracts';

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** What was typed, checked by the contract before anything is sent. Throws `INVALID_INPUT` naming every fault. */
export function checkedBody<T>(schema: Schema<T>, typed: Readonly<Record<string, unknown>>): T {
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || 'command'}: ${issue.message}`,
  );
  throw new SagekeepError('INVALID_INPUT', faults.join('\n'), { advice: 'Nothing was started.' });
}

/** `verify/12` as its two halves; the queue is null when only an id was given. */
export function jobReference(text: string): { queue: string | null; id: string } {
  const slash = text.indexOf('/');
  return slash < 0 ? { queue: null, id: text } : { queue: text.slice(0, slash), id: text.slice(slash + 1) };
}
