import { type RunOptions, withStack } from './run.ts';
import { createClient } from './story/client.ts';
import { tellStory } from './story/demo.ts';

/** `npm run demo`: the same stack, a story that ends by itself, a summary. */
export async function demo(options: RunOptions): Promise<void> {
  const { say } = options;
  await withStack(options, async (local, signal) => {
    const summary = await tellStory({ client: createClient(local.stack), say, signal }, local);
    say('');
    say('Summary');
    for (const line of summary) say(`  ${line}`);
    say(`  everything is in ${local.folder}`);
  });
}
