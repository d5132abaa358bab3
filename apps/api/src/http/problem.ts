import { STATUS_CODES } from 'node:http';
import { isSagekeepError, type Problem, SagekeepError } from '@sagekeep/contracts';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { statusCodes } from './statusCodes.ts';
import { type FieldError, fieldErrors } from './validation.ts';

/** What the caller did wrong, field by field; answered with 422. */
export function invalidInput(errors: readonly FieldError[]): SagekeepError {
  const summary = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  return new SagekeepError('INVALID_INPUT', summary, { facts: { errors } });
}

/**
 * The problem document (RFC 9457) for anything that was thrown. What is not an error of ours and not the caller's
 * fault becomes `INTERNAL` and tells nothing of its cause: that is in the log.
 */
export function problemOf(thrown: unknown): Problem {
  if (isSagekeepError(thrown)) return sagekeepProblem(thrown);
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    return sagekeepProblem(invalidInput(fieldErrors(thrown.validation, thrown.validationContext ?? 'body')));
  }
  const status = clientStatus(thrown);
  if (status !== null && thrown instanceof Error) return problem('INVALID_INPUT', status, thrown.message);
  return {
    ...problem('INTERNAL', 500, 'something went wrong inside Sagekeep'),
    advice: 'look for the request id of this answer (x-request-id) in the log of the API',
  };
}

function sagekeepProblem(error: SagekeepError): Problem {
  const { errors, ...facts } = error.facts as { errors?: FieldError[] } & Record<string, unknown>;
  return {
    ...problem(error.code, statusCodes[error.code], error.message),
    ...(error.advice !== undefined && { advice: error.advice }),
    ...(errors !== undefined && { errors }),
    ...(Object.keys(facts).length > 0 && { facts }),
  };
}

function problem(code: string, status: number, detail: string): Problem {
  const type = `urn:sagekeep:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

/** Fastify marks what the client did wrong (bad JSON, too large, wrong media type) with a status below 500. */
function clientStatus(thrown: unknown): number | null {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
