import type { Log } from '@sagekeep/contracts';
import type { Watch } from '@sagekeep/watch';

/**
 * Tells of channels that cannot be reached. Never rejects: a receiver that is down must not keep backups from being made.
 */
export async function askChannels({ watch, log }: { watch: Watch; log: Log }): Promise<void> {
  try {
    for (const reason of await watch.channels.ask()) log.warn({ reason }, 'alerts would not arrive');
  } catch (error) {
    log.warn({ err: error }, 'the channels of alerts could not be asked');
  }
}
