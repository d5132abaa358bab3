import { temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { earlierMeasures } from './earlierMeasures.ts';
import { verificationId } from './verificationId.ts';

const check = 'performance.largest';
const hour = (hours: number) => new Date(Date.UTC(2026, 4, 1, hours));

type Vault = Awaited<ReturnType<typeof temporaryVault>>['vault'];

async function verified(vault: Vault, database: string, at: Date, bytes?: number): Promise<void> {
  const id = verificationId(database, `job of ${database}`, at);
  await vault.records.put('observations', id, {
    version: 1,
    id,
    kind: 'verification',
    database,
    at: at.toISOString(),
    status: 'pass',
    ...(bytes === undefined ? {} : { measures: { [check]: { 'public.t': bytes } } }),
  });
}

const asked = (database: string, hours: number, of = check) => ({ database, check: of, now: hour(hours) });

it('is the newest that is at least a day old, however many were made since, of this database and of others', async () => {
  await using place = await temporaryVault();
  const { vault } = place;
  for (let hours = 0; hours <= 50; hours += 1) await verified(vault, 'sage', hour(hours), hours);
  const others = Array.from({ length: 120 }, (_, index) => `other${index}`);
  await Promise.all(others.map((other) => verified(vault, other, hour(26), 77)));
  expect(await earlierMeasures(vault, asked('sage', 50))).toEqual({
    at: hour(26).toISOString(),
    measures: { 'public.t': 26 },
  });
  expect(await earlierMeasures(vault, asked('sage', 50, 'performance.size'))).toBeNull();
  expect(await earlierMeasures(vault, asked('never', 50))).toBeNull();
});

it('is the oldest there is where none is a day old', async () => {
  await using place = await temporaryVault();
  await verified(place.vault, 'sage', hour(0));
  for (let hours = 1; hours <= 22; hours += 1) await verified(place.vault, 'sage', hour(hours), hours);
  expect((await earlierMeasures(place.vault, asked('sage', 23)))?.at).toBe(hour(1).toISOString());
});

it('a verification that has measured nothing is passed over', async () => {
  await using place = await temporaryVault();
  await verified(place.vault, 'sage', hour(0), 1);
  await verified(place.vault, 'sage', hour(1));
  expect((await earlierMeasures(place.vault, asked('sage', 48)))?.at).toBe(hour(0).toISOString());
});

it('databases whose names begin or end alike are not taken for each other', async () => {
  await using place = await temporaryVault();
  const names = ['sage-x', 'x-sage', 'x-verification-sage', 'sage-verification-sage', 'sag'];
  for (const name of names) await verified(place.vault, name, hour(0), 1);
  expect(await earlierMeasures(place.vault, asked('sage', 48))).toBeNull();
  for (const [index, name] of names.entries()) await verified(place.vault, name, hour(index + 1), index);
  for (const [index, name] of names.entries())
    expect((await earlierMeasures(place.vault, asked(name, 48)))?.measures).toEqual({ 'public.t': index });
});
