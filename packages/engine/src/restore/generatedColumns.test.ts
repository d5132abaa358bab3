import { expect, it } from 'vitest';
import { generatedColumns } from './generatedColumns.ts';

const entry = (tag: string, definition: string, type = 'TABLE') => ({
  dumpId: 1,
  hasData: false,
  type,
  tag,
  namespace: 'public',
  owner: null,
  definition,
  copyStatement: null,
  dependencies: [],
});

it('finds stored generated columns and no others', () => {
  const one = `CREATE TABLE public.one (
    i integer NOT NULL,
    id integer GENERATED ALWAYS AS IDENTITY,
    twice integer GENERATED ALWAYS AS ((i * 2)) STORED,
    "odd "" name" text GENERATED ALWAYS AS (upper('x STORED'::text)) STORED NOT NULL,
    said text DEFAULT 'twice integer'::text
);
`;
  const view = `CREATE VIEW public.v AS
    SELECT 'x GENERATED ALWAYS AS (1) STORED';
`;
  expect(generatedColumns([entry('one', one), entry('v', view, 'VIEW')])).toEqual([
    'public.one.twice',
    'public.one."odd "" name"',
  ]);
});
