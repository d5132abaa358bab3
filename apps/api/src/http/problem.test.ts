import { errorCodes, SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemOf } from './problem.ts';
import { statusCodes } from './statusCodes.ts';
import { issueErrors } from './validation.ts';

describe('problemOf', () => {
  it('tells all that an error of ours knows', () => {
    const error = new SagekeepError('UNKNOWN_DATABASE', 'there is no database "x"', {
      advice: 'known are: sage',
      facts: { known: ['sage'] },
    });
    expect(problemOf(error)).toEqual({
      type: 'urn:sagekeep:problem:unknown-database',
      title: 'Not Found',
      status: 404,
      detail: 'there is no database "x"',
      code: 'UNKNOWN_DATABASE',
      advice: 'known are: sage',
      facts: { known: ['sage'] },
    });
  });

  it('tells nothing of an error that is not ours', () => {
    const error = new Error('connect postgres://sage:hunter2@db failed');
    expect(JSON.stringify(problemOf(error))).not.toContain('hunter2');
    expect(problemOf(error)).toMatchObject({ code: 'INTERNAL', status: 500 });
    for (const thrown of [undefined, null, 'text', { statusCode: 502 }]) {
      expect(problemOf(thrown)).toMatchObject({ code: 'INTERNAL', status: 500 });
    }
  });

  it('knows a status for every code', () => {
    expect(Object.keys(statusCodes).sort()).toEqual([...errorCodes].sort());
  });
});

describe('the field at fault', () => {
  const fieldsOf = (schema: z.ZodType, value: unknown) =>
    issueErrors(schema.safeParse(value).error?.issues ?? [], 'body').map((error) => error.field);

  it('is named by its path, an unknown one by its name', () => {
    const schema = z.strictObject({ a: z.object({ b: z.array(z.number()) }) });
    expect(fieldsOf(schema, { a: { b: [1, 'x'] } })).toEqual(['a.b.1']);
    expect(fieldsOf(schema, { a: { b: [] }, c: 1, d: 2 })).toEqual(['c', 'd']);
    expect(fieldsOf(schema, undefined)).toEqual(['body']);
  });

  it('of a union is that of the branch that was meant', () => {
    const schema = z.union([
      z.strictObject({ database: z.string(), mode: z.enum(['quick', 'full']) }),
      z.strictObject({ backup: z.string(), database: z.string().optional() }),
    ]);
    expect(fieldsOf(schema, { database: 'sage', mode: 'slow' })).toEqual(['mode']);
    expect(fieldsOf(schema, { backup: 1 })).toEqual(['backup']);
  });
});
