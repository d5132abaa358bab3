import type { ChannelConfig } from '@sagekeep/contracts';
import type { Incidents } from '../incident/incidents.ts';
import { reachChannel } from './reachChannel.ts';

/** Whether alerts would arrive. Nothing is sent; what cannot be reached keeps nothing else from its work. */
export interface AskedChannels {
  /**
   * Asks every channel. Where nobody listens an incident is opened, of which the others hear; elsewhere it ends. Resolves with
   * why nobody can be reached, a sentence for each such channel.
   */
  ask(): Promise<string[]>;
  /** Asks those again that have such an incident, and ends it where somebody listens now. */
  askAgain(): Promise<void>;
}

export function createAskedChannels(
  channels: readonly ChannelConfig[],
  incidents: Pick<Incidents, 'raise' | 'resolve' | 'open'>,
): AskedChannels {
  return {
    async ask() {
      const asked = await Promise.all(
        channels.map(async (channel) => ({ channel, why: await whyUnreachable(channel) })),
      );
      for (const { channel, why } of asked) {
        if (why === null) await incidents.resolve(keyOf(channel));
        else await incidents.raise(causeOf(channel, why), { except: channel.name });
      }
      return asked.flatMap(({ why }) => why ?? []);
    },
    async askAgain() {
      const open = new Set((await incidents.open()).map(({ key }) => key));
      for (const channel of channels.filter((each) => open.has(keyOf(each))))
        if ((await whyUnreachable(channel)) === null) await incidents.resolve(keyOf(channel));
    },
  };
}

function whyUnreachable(channel: ChannelConfig): Promise<string | null> {
  return reachChannel(channel).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function keyOf({ name }: ChannelConfig): string {
  return `channel-unreachable:${name}`;
}

function causeOf(channel: ChannelConfig, why: string) {
  return {
    key: keyOf(channel),
    database: null,
    severity: 'warn' as const,
    title: `Alerts would not reach the channel ${channel.name}`,
    detail: why,
    advice: 'sagekeep alerts test',
  };
}
