import { join } from 'node:path';
import type { Checkout } from '../checkout.ts';
import { writePrivateFile } from './privateFile.ts';

/** The configuration of the sample database; its URL stands in a file of its own, which only the worker reads. */
export function writeSampleConfiguration(checkout: Checkout, databaseUrl: string): string {
  const urlFile = join(checkout.run, 'sage.url');
  const file = join(checkout.run, 'sagekeep.yaml');
  writePrivateFile(urlFile, `${databaseUrl}\n`);
  writePrivateFile(file, sampleConfiguration({ urlFile, schema: join(checkout.root, 'config/sage.sql') }));
  return file;
}

/** JSON texts are YAML texts; `${` would be read as a variable of the environment. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

export function sampleConfiguration(paths: { urlFile: string; schema: string }): string {
  return `# Written by npm start for the sample database; gone when the stack ends.
databases:
  sage:
    url_file: ${text(paths.urlFile)}
    expect:
      schema: ${text(paths.schema)}
      references: ["memories.session_id -> sessions.id"]
      coverage: [90, 70]
`;
}
