import { describe, expect, it } from 'vitest';
import { normalForm } from './entries.ts';

const child = (columns: string) => `CREATE TABLE public.child (\n${columns}\n)\nINHERITS (public.parent);\n`;

describe('the normal form of a definition', () => {
  it('sorts the columns of a table with parents', () => {
    const one = child("    a integer,\n    b text DEFAULT 'x,\n    y'::text");
    const two = child("    b text DEFAULT 'x,\n    y'::text,\n    a integer");
    expect(normalForm(one)).toBe(normalForm(two));
    expect(normalForm(one)).not.toBe(normalForm(child('    a integer,\n    b text')));
  });

  it('leaves every other text as it is: there the order of columns has a meaning', () => {
    const table = 'CREATE TABLE public.t (\n    b text,\n    a integer\n);\n';
    expect(normalForm(table)).toBe(table);
  });
});
