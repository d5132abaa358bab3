import { type DatabaseConfig, SagekeepError } from '@sagekeep/contracts';
import { inspectContainer } from './inspectContainer.ts';
import type { ContainerFacts } from './look.ts';

/** Why a container cannot be worked with, in words; null when it can. */
export function containerTrouble({
  name,
  state,
  health,
  oomKilled,
  exitCode,
  healthOutput,
}: ContainerFacts): string | null {
  if (state !== 'running') {
    const end = exitCode === null ? '' : ` (exit code ${exitCode})`;
    const memory = oomKilled ? '; the kernel ended it because it ran out of memory' : '';
    return `The container ${name} is ${state}${end}${memory}.`;
  }
  if (health === 'unhealthy') {
    return `The container ${name} runs but is unhealthy${healthOutput === '' ? '' : `: ${healthOutput}`}.`;
  }
  return null;
}

/**
 * For work whose server does not answer: names a stopped, unhealthy, OOM-killed or missing container instead of the
 * connection. Throws `CONTAINER_NOT_RUNNING`, retryable. What Docker cannot or may not tell is no trouble.
 */
export async function assertContainerRunning(
  dockerHost: string | null,
  database: Pick<DatabaseConfig, 'container'>,
  signal?: AbortSignal,
): Promise<void> {
  const look = await inspectContainer(dockerHost, database.container, signal === undefined ? {} : { signal });
  if (look.kind === 'missing' || look.kind === 'ambiguous') {
    throw new SagekeepError('CONTAINER_NOT_RUNNING', `${capital(look.text)}.`, {
      retryable: true,
      advice: 'Start the container, or correct its name in the configuration.',
      facts: { container: database.container },
    });
  }
  const trouble = look.kind === 'found' ? containerTrouble(look.container) : null;
  if (trouble === null) return;
  throw new SagekeepError('CONTAINER_NOT_RUNNING', trouble, {
    retryable: true,
    advice: `Look into its log: docker logs --tail 50 ${database.container ?? ''}`.trim(),
    facts: { container: database.container },
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
