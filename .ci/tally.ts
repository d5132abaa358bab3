/**
 * Adds up vitest's JSON results in a folder and prints `N passed, N failed` as the last line. A step that broke, a file
 * that could not be loaded, a test that was skipped and a project that ran nothing count as failures.
 * Usage: tally.ts <folder> [broken step…]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const longestReason = 3000;

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
  ...tests
    .filter((test) => test.status !== 'passed')
    .map((test) => fault(`${test.status}: ${test.fullName}`, ...test.failureMessages)),
  ...files
    .filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    )
    .map((file) => fault(`could not run: ${relative(process.cwd(), file.name)}`, file.message)),
  ...[...projects, ...steps.map((step) => step.name).filter((name) => name !== 'test')]
    .filter((project) => !tests.some((test) => projectOf(test.file) === project))
    .map((project) => `no test ran in ${project}`),
];
// A step also breaks when one of its tests fails: that was counted.
for (const name of broken) {
  const results = steps.find((step) => step.name === name)?.files ?? [];
  if (!results.some((file) => file.status === 'failed')) faults.push(`broke: ${name}`);
}

for (const one of faults) process.stdout.write(`${one}\n`);
process.stdout.write(`${passed} passed, ${faults.length} failed\n`);
process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1;

function fault(name: string, ...reasons: readonly string[]): string {
  const told = reasons.map((reason) => stripVTControlCharacters(reason).slice(0, longestReason).trimEnd());
  return [
    name,
    ...told.filter((reason) => reason !== '').map((reason) => reason.replace(/^/gm, '    ')),
  ].join('\n');
}

function projectOf(file: string): string {
  const match = /^test\/(integration|e2e|faults|docker)\//.exec(relative(process.cwd(), file));
  return match?.[1] ?? 'unit';
}
