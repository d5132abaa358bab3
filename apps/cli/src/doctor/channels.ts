import type { ChannelConfig } from '@sagekeep/contracts';
import { reachChannel } from '@sagekeep/watch';
import { type Diagnosis, diagnosis } from './diagnosis.ts';

/** Whether somebody listens where each channel leads. Nothing is sent: that is what `sagekeep alerts test` does. */
export function examineChannels(channels: readonly ChannelConfig[]): Promise<Diagnosis[]> {
  return Promise.all(
    channels.map((channel) =>
      diagnosis(
        {
          id: `channel:${channel.name}`,
          advice: 'Look at the receiver and at alerts.channels; then prove the path: sagekeep alerts test',
        },
        () => reachChannel(channel),
      ),
    ),
  );
}
