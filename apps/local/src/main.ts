import { isSagekeepError } from '@sagekeep/contracts';
import { provide } from './provide/provide.ts';

const verbs = ['start', 'demo', 'provide'];

async function main(verb: string | undefined): Promise<number> {
  if (verb === 'provide') {
    await provide({ path: process.env['PATH'] ?? '', forTests: true, say: (line) => console.log(line) });
    return 0;
  }
  console.error(`usage: node apps/local/src/main.ts ${verbs.join(' | ')}`);
  return 2;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  if (!isSagekeepError(error)) throw error;
  console.error(error.message);
  if (error.advice !== undefined) console.error(error.advice);
  process.exitCode = 1;
}
