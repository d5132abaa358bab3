import { SagekeepError } from '@sagekeep/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVault } from './createVault.ts';
import type { Storage } from './port.ts';
import { type TemporaryStorage, temporaryStorage } from './testing/temporary.ts';

const trouble = { read: false, put: false };
let place: TemporaryStorage;
beforeEach(async () => {
  Object.assign(trouble, { read: false, put: false });
  place = await temporaryStorage();
  await place.storage.put('sage/README', 'a storage in use');
});
afterEach(() => place[Symbol.asyncDispose]());

const key = 'records/sightings/status.json';
const at = (hours: number) => new Date(Date.UTC(2026, 10, 22, hours));
const then = (hours: number) => at(hours).toISOString();

/** A process of its own over the storage, which refuses while there is trouble. It looks and sees exactly these. */
function observer() {
  let writes = 0;
  const refuse = (what: string) => new SagekeepError('STORAGE_FAILED', `The storage cannot ${what}.`);
  const storage: Storage = {
    ...place.storage,
    async read(...given) {
      if (trouble.read) throw refuse('read');
      return place.storage.read(...given);
    },
    async put(...given) {
      if (trouble.put) throw refuse('put');
      writes += 1;
      return place.storage.put(...given);
    },
  };
  const { sightings } = createVault({ storage, now: () => at(0) });
  return {
    writes: () => writes,
    look: (hours: number, ...seen: string[]) =>
      sightings.tend({ seen, isOver: (one) => !seen.includes(one), at: at(hours) }),
    sightings,
  };
}

it('what is seen keeps its beginning over looks and restarts, and is written only where something appears or goes', async () => {
  const first = observer();
  expect(await first.look(1, 'a')).toEqual({ a: then(1) });
  expect(await first.look(2, 'a', 'b')).toEqual({ a: then(1), b: then(2) });
  await first.look(3, 'a', 'b');
  expect(first.writes()).toBe(2);
  const second = observer();
  expect(await second.look(4, 'a', 'b')).toEqual({ a: then(1), b: then(2) });
  expect(second.writes()).toBe(0);
  expect(await second.look(5, 'b')).toEqual({ b: then(2) });
  expect(await first.look(6, 'a', 'b')).toEqual({ a: then(6), b: then(2) });
});

it('what was neither seen nor found over stays as it was', async () => {
  const { sightings, look } = observer();
  await look(1, 'a');
  await sightings.tend({ seen: [], isOver: () => false, at: at(2) });
  expect(await look(3, 'a')).toEqual({ a: then(1) });
});

it('a storage that cannot be written is no error: the process remembers, ends too, and writes when it can', async () => {
  const first = observer();
  await first.look(1, 'a');
  trouble.put = true;
  expect(await first.look(2, 'b')).toEqual({ b: then(2) });
  expect(await first.look(3, 'a', 'b')).toEqual({ a: then(3), b: then(2) });
  expect(await observer().look(4, 'a')).toEqual({ a: then(1) });
  trouble.put = false;
  await first.look(5, 'a', 'b');
  expect(await observer().look(6, 'a', 'b')).toEqual({ a: then(3), b: then(2) });
});

it('a storage that cannot be read is no error: what is on record counts again when it can', async () => {
  await observer().look(1, 'a');
  trouble.read = true;
  const second = observer();
  expect(await second.look(2, 'a', 'b')).toEqual({ a: then(2), b: then(2) });
  trouble.read = false;
  expect(await second.look(3, 'a', 'b')).toEqual({ a: then(1), b: then(2) });
  expect(await observer().look(4, 'a', 'b')).toEqual({ a: then(1), b: then(2) });
  trouble.read = true;
  expect(await second.look(5, 'b')).toEqual({ b: then(2) });
});

it('two at once leave a whole record, and a damaged one is written anew', async () => {
  const [one, other] = [observer(), observer()];
  await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).look(1, 'a', 'b')));
  expect(await observer().look(2, 'a', 'b')).toEqual({ a: then(1), b: then(1) });
  await place.storage.put(key, '{"version":');
  expect(await one.look(3, 'a')).toEqual({ a: then(3) });
  expect(await observer().look(4, 'a')).toEqual({ a: then(3) });
});

it('a clock that was ahead leaves no beginning in the future', async () => {
  await observer().look(5, 'a');
  expect(await observer().look(2, 'a')).toEqual({ a: then(2) });
  expect(await observer().look(6, 'a')).toEqual({ a: then(2) });
});

it('a look at a storage that is not there makes none', async () => {
  await place.storage.remove('sage');
  await place.storage.remove('records');
  const { look, writes } = observer();
  await look(1, 'a');
  expect(await look(2, 'a')).toEqual({ a: then(1) });
  expect(writes()).toBe(0);
  expect(await place.storage.children('')).toEqual([]);
});
