import type { Mark } from '@sagekeep/contracts';
import { createAttempts } from './attempts.ts';
import { createCache } from './cache.ts';
import { createCatalogue } from './catalogue/catalogue.ts';
import { createManifests } from './catalogue/manifests.ts';
import { createPins } from './pins.ts';
import type { Storage } from './port.ts';
import { createRecords } from './records.ts';
import { createSightings } from './sightings.ts';
import { createTrash } from './trash.ts';
import type { Vault } from './vault.ts';

/** JSON text whose parsed form is kept in memory. */
const maxMarkBytes = 8 * 1024 * 1024;

/** Gives a storage its meaning. `now` is the clock of pins, attempts and their expiry. */
export function createVault({ storage, now }: { storage: Storage; now: () => Date }): Vault {
  const trash = createTrash(storage, now);
  const reader = {
    storage,
    manifests: createManifests(storage),
    marks: createCache<Mark>(maxMarkBytes),
  };
  const catalogue = createCatalogue(reader, trash.discard);
  const records = createRecords(storage);
  const isThere = async () => (await storage.children('')).length > 0;
  return {
    storage,
    catalogue,
    attempts: createAttempts({ storage, catalogue, trash, now }),
    pins: createPins(storage, now),
    records,
    sightings: createSightings(records, isThere),
    trash: { list: trash.list, empty: trash.empty },
  };
}
