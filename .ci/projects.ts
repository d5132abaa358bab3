/** Prints the test projects that `npm test` leaves out, one per line. */
import { readFileSync } from 'node:fs';
import config from '../vitest.config.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { test: string } };
const inTest = [...scripts.test.matchAll(/--project (\S+)/g)].map((match) => match[1]);
for (const project of config.test?.projects ?? []) {
  const name = typeof project === 'object' && 'test' in project ? project.test?.name : undefined;
  if (typeof name === 'string' && !inTest.includes(name)) process.stdout.write(`${name}\n`);
}
