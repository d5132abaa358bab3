import { type Check, fail, pass, skip } from '../check.ts';
import { vectorSchema } from '../vectorSchema.ts';

/** Distances of [1,2,3] and [4,6,3], by hand. */
const truth = { l2: 5, inner: -25, cosine: 1 - 25 / (Math.sqrt(14) * Math.sqrt(61)) };

interface Distances {
  l2: number;
  inner: number;
  cosine: number;
}

export const pgvectorOperators: Check = {
  id: 'pgvector.operators',
  title: 'Distances are right',
  group: 'pgvector',
  mode: 'quick',
  asks: 'Do the operators <->, <#> and <=> load and compute the distance of two known vectors?',
  worst: 'fail',
  expected: 'the distances computed by hand',
  advice: "The extension's library does not work: reinstall pgvector for this server's version.",
  async run(probe) {
    const schema = await vectorSchema(probe);
    if (schema === null) return skip('pgvector is not installed');
    const [a, b] = [`'[1,2,3]'::${schema}.vector`, `'[4,6,3]'::${schema}.vector`];
    const found = await probe.queryOne<Distances>(`
      select ${a} operator(${schema}.<->) ${b} as l2, ${a} operator(${schema}.<#>) ${b} as inner,
             ${a} operator(${schema}.<=>) ${b} as cosine`);
    const wrong = (Object.keys(truth) as (keyof Distances)[]).filter(
      (name) => Math.abs(found[name] - truth[name]) > 1e-6,
    );
    if (wrong.length > 0) return fail(wrong.map((name) => `${name} gives ${found[name]}`).join(', '));
    return pass(`<-> ${found.l2}, <#> ${found.inner}, <=> ${found.cosine.toFixed(4)}`);
  },
};
