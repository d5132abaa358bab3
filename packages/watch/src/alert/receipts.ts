import { createHash } from 'node:crypto';
import type { DeliverPayload } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';

type Delivery = Pick<DeliverPayload, 'incident' | 'channel' | 'event' | 'at'>;

/** What channels have taken, on record: a delivery that runs twice says it once. */
function receiptKey({ incident, channel, event, at }: Delivery): string {
  const place = createHash('sha256').update(`${channel}\0${event}\0${at}`).digest('hex').slice(0, 16);
  return `${folderOf(incident)}/${event}-${place}.json`;
}

function folderOf(incident: string): string {
  return `records/deliveries/${incident}`;
}

export async function hasReceipt(storage: Storage, delivery: Delivery): Promise<boolean> {
  return (await storage.stat(receiptKey(delivery))) !== null;
}

export async function writeReceipt(storage: Storage, delivery: Delivery, facts: object): Promise<void> {
  await storage.put(receiptKey(delivery), JSON.stringify({ ...delivery, ...facts }));
}

/** Whether the channel has taken a later event of the same incident or run. */
export async function hasLaterReceipt(storage: Storage, delivery: Delivery): Promise<boolean> {
  const folder = folderOf(delivery.incident);
  for (const { name } of await storage.children(folder)) {
    const receipt = asReceipt(await storage.read(`${folder}/${name}`));
    if (receipt.channel === delivery.channel && Date.parse(String(receipt.at)) > Date.parse(delivery.at))
      return true;
  }
  return false;
}

/** A receipt that is damaged says nothing. */
function asReceipt(text: Buffer): Partial<Delivery> {
  try {
    return (JSON.parse(text.toString('utf8')) ?? {}) as Partial<Delivery>;
  } catch {
    return {};
  }
}
