import { isSagekeepError } from '@sagekeep/contracts';
import { thisCheckout } from './checkout.ts';
import { demo } from './demo.ts';
import { provide } from './provide/provide.ts';
import { start } from './start.ts';

/** What the tests need. */
const everything = { postgres: true, tools: [], redis: true, chromium: true };

const say = (line: string) => console.log(line);

async function main(verb: string | undefined): Promise<number> {
  const environment = process.env;
  if (verb === 'provide') {
    await provide({ path: environment['PATH'] ?? '', wanted: everything, say });
    return 0;
  }
  if (verb !== 'start' && verb !== 'demo') {
    console.error('usage: node apps/local/src/main.ts start | demo | provide');
    return 2;
  }
  const signal = stopSignal();
  const run = verb === 'start' ? start : demo;
  await run({ checkout: thisCheckout(), environment, say, signal });
  // A story that was stopped half-way was not told; a stack that was stopped has done its duty.
  return verb === 'demo' && signal.aborted ? 130 : 0;
}

/** The first signal asks to stop; later ones change nothing: what is being ended must end cleanly. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  return stop.signal;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  if (!isSagekeepError(error)) throw error;
  console.error(error.message);
  if (error.advice !== undefined) console.error(error.advice);
  process.exitCode = 1;
}
