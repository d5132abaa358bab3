import { Accepted, DeliverJobResult, type JobView, SagekeepError } from '@sagekeep/contracts';
import { plainLine } from '@sagekeep/watch';
import { startedOf } from '../client/desk.ts';
import type { Http } from '../client/http.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';

/** What became of one test message. */
interface Sent {
  readonly channel: string;
  readonly delivered: boolean;
  readonly detail: string;
}

/** Sends a test message through the queue to the named channels, else to all that are configured here. */
export async function testAlerts(tool: Tool, named: readonly string[]): Promise<ExitCode> {
  const http = await tool.api();
  const channels = named.length > 0 ? named : await configuredChannels(tool);
  const items: Sent[] = [];
  for (const channel of channels) items.push(await send(tool, http, channel));
  tool.print().answer({ items }, () => items.map(sentLine).join('\n'));
  return items.every((item) => item.delivered) ? exitCodes.done : exitCodes.failed;
}

async function configuredChannels({ world }: Tool): Promise<string[]> {
  const { ownConfiguration } = await import('../offline/configuration.ts');
  const { alerts } = await ownConfiguration(world, 'names');
  if (alerts.channels.length > 0) return alerts.channels.map((channel) => channel.name);
  throw new SagekeepError('INVALID_INPUT', 'No alert channel is configured here.', {
    advice: 'Name one of the API’s: sagekeep alerts test CHANNEL; or configure one (docs/configuration.md).',
  });
}

/** Waits for the first attempt only: a channel that is down would be tried for a long time. */
async function send(tool: Tool, http: Http, channel: string): Promise<Sent> {
  const accepted = await http.send('POST', '/v1/alerts/test', { body: { channel }, shape: Accepted });
  const started = startedOf(http, accepted, () => undefined);
  for await (const event of started.events(tool.world.interrupted)) {
    if (event.type === 'log') continue;
    const sent = outcomeOf(channel, event.job);
    if (sent !== null) return sent;
  }
  return {
    channel,
    delivered: false,
    detail: `not waited for; see sagekeep jobs ${started.queue}/${started.id}`,
  };
}

/** Null while the first attempt is not over. */
export function outcomeOf(channel: string, { state, result, error }: JobView): Sent | null {
  if (state === 'completed') return { channel, ...DeliverJobResult.parse(result) };
  if (error === null || (state !== 'delayed' && state !== 'failed')) return null;
  const again = state === 'delayed' ? '; it will be tried again' : '';
  return { channel, delivered: false, detail: `${error.message}${again}` };
}

function sentLine({ channel, delivered, detail }: Sent): string {
  return plainLine(`${delivered ? 'ok    ' : 'FAILED'}  ${channel}: ${detail}`);
}
