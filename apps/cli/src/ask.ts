import { createInterface } from 'node:readline/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { isInteractive, type World } from './world.ts';

/**
 * Asks a person to type exactly this name. Throws `CONFIRMATION_MISMATCH` for anything else, and `INVALID_INPUT` where
 * nobody can be asked.
 */
export async function confirmByName(
  world: World,
  { question, name }: { question: string; name: string },
): Promise<void> {
  if (!isInteractive(world)) {
    throw new SagekeepError(
      'INVALID_INPUT',
      'This needs a confirmation, and there is no terminal to ask on.',
      {
        advice: 'Add -f to go ahead without the question.',
      },
    );
  }
  const terminal = createInterface({ input: world.input, output: world.err as NodeJS.WritableStream });
  try {
    const answer = await terminal.question(`${question} `, { signal: world.interrupted });
    if (answer.trim() === name) return;
  } finally {
    terminal.close();
  }
  throw new SagekeepError('CONFIRMATION_MISMATCH', `That is not ${name}: nothing was done.`);
}
