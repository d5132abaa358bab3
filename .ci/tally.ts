/**
 * Adds up vitest's JSON results in a folder and prints `N passed, N failed` as the last line. A step that broke, a file
 * that could not be loaded, a test that was skipped and a project that ran nothing count as failures.
 * Usage: tally.ts <folder> [broken step…]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const [folder = '.', ...broken] = process.argv.slice(2);
const projects = ['unit', 'integration', 'e2e', 'faults'];
const steps = readdirSync(folder).map((name) => {
  const { testResults } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results;
  return { name: name.replace('.json', ''), files: testResults };
});
const files = steps.flatMap((step) => step.files);

const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
const passed = tests.filter((test) => test.status === 'passed').length;
const faults = [
  ...tests.filter((test) => test.status !== 'passed').map((test) => `${test.status}: ${test.fullName}`),
  ...files
    .filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    )
    .map((file) => `could not run: ${relative(process.cwd(), file.name)}`),
  ...[...projects, ...steps.map((step) => step.name).filter((name) => name !== 'test')]
    .filter((project) => !tests.some((test) => projectOf(test.file) === project))
    .map((project) => `no test ran in ${project}`),
];
// A step also breaks when one of its tests fails: that was counted.
for (const name of broken) {
  const results = steps.find((step) => step.name === name)?.files ?? [];
  if (!results.some((file) => file.status === 'failed')) faults.push(`broke: ${name}`);
}

for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(`${passed} passed, ${faults.length} failed\n`);
process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1;

function projectOf(file: string): string {
  const match = /^test\/(integration|e2e|faults|docker)\//.exec(relative(process.cwd(), file));
  return match?.[1] ?? 'unit';
}
