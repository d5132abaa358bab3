import { createHash } from 'node:crypto';
import type { DeliverPayload } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';

type Delivery = Pick<DeliverPayload, 'incident' | 'channel' | 'event' | 'at'>;

/** What channels have taken, on record: a delivery that runs twice says it once. */
function receiptKey({ incident, channel, event, at }: Delivery): string {
  const place = createHash('sha256').update(`${channel}\0${event}\0${at}`).digest('hex').slice(0, 16);
  return `records/deliveries/${incident}/${event}-${place}.json`;
}

export async function hasReceipt(storage: Storage, delivery: Delivery): Promise<boolean> {
  return (await storage.stat(receiptKey(delivery))) !== null;
}

export async function writeReceipt(storage: Storage, delivery: Delivery, facts: object): Promise<void> {
  await storage.put(receiptKey(delivery), JSON.stringify({ ...delivery, ...facts }));
}
