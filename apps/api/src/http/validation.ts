import type { FastifySchemaValidationError } from 'fastify';
import type { z } from 'zod';

/** A field at fault, `tables.0.name`, or the part of the request when it is at fault as a whole. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
  readonly errors?: readonly (readonly Issue[])[] | undefined;
}

/** The fields at fault in what the validator compiler of fastify-type-provider-zod reports. */
export function fieldErrors(
  validation: readonly FastifySchemaValidationError[],
  part: string,
): readonly FieldError[] {
  return validation.flatMap((error) => {
    const issue = {
      code: error.keyword,
      path: pathOf(error.instancePath),
      message: error.message ?? 'invalid',
    };
    return flatten({ ...issue, ...(error.params as object) }, part);
  });
}

/** The same for an error of zod itself. */
export function issueErrors(issues: readonly z.core.$ZodIssue[], part: string): readonly FieldError[] {
  return issues.flatMap((issue) => flatten(issue as Issue, part));
}

function flatten(issue: Issue, part: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'unknown field',
    }));
  }
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors ?? []) : [];
  if (branch.length > 0) {
    return branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }, part));
  }
  return [{ field: issue.path.join('.') || part, message: issue.message }];
}

/** Of a union's branches the one that fits best: an unknown field weighs more than a missing one. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const weigh = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 3 : 1), 0);
  return branches.toSorted((a, b) => weigh(a) - weigh(b))[0] ?? [];
}

function pathOf(instancePath: string): string[] {
  return instancePath.split('/').filter((segment) => segment !== '');
}
