import { type ErrorCode, errorCodes, Problem, SagekeepError } from '@sagekeep/contracts';

/** What the API's refusal says, as an error of ours: its code, words, advice and the fields at fault. */
export async function problemOf(response: Response): Promise<SagekeepError> {
  const body: unknown = await response.json().catch(() => null);
  const problem = Problem.safeParse(body);
  if (!problem.success) {
    return new SagekeepError(
      'API_UNAVAILABLE',
      `${new URL(response.url).origin} answered ${response.status}, and not in the way of Sagekeep's API.`,
      { advice: 'Check that the address is that of the API.', retryable: response.status >= 500 },
    );
  }
  const { code, detail, advice, errors, facts, status } = problem.data;
  const fields = (errors ?? []).map((error) => `${error.field}: ${error.message}`);
  return new SagekeepError(knownCode(code), [detail, ...fields].join('\n  '), {
    retryable: status === 503 || status === 429,
    facts: { ...facts, status },
    ...(advice === undefined ? {} : { advice }),
  });
}

/** A newer API may know codes that this command line does not. */
function knownCode(code: string): ErrorCode {
  return errorCodes.find((known) => known === code) ?? 'INTERNAL';
}
