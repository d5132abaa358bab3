import { temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { lastMeasures } from './lastMeasures.ts';
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

it('a database has a past, however many others were verified since', async () => {
  await using place = await temporaryVault();
  const { vault } = place;
  await verified(vault, 'sage', hour(0), 1);
  await verified(vault, 'sage', hour(1), 2);
  const others = Array.from({ length: 120 }, (_, index) => `other${index}`);
  await Promise.all(others.map((other) => verified(vault, other, hour(2), 77)));
  expect(await lastMeasures(vault, 'sage', check)).toEqual({
    at: hour(1).toISOString(),
    measures: { 'public.t': 2 },
  });
  expect(await lastMeasures(vault, 'sage', 'performance.size')).toBeNull();
  expect(await lastMeasures(vault, 'never', check)).toBeNull();
});

it('a verification that has measured nothing is passed over', async () => {
  await using place = await temporaryVault();
  await verified(place.vault, 'sage', hour(0), 1);
  await verified(place.vault, 'sage', hour(1));
  expect((await lastMeasures(place.vault, 'sage', check))?.at).toBe(hour(0).toISOString());
});

it('databases whose names begin or end alike are not taken for each other', async () => {
  await using place = await temporaryVault();
  const names = ['sage-x', 'x-sage', 'x-verification-sage', 'sage-verification-sage', 'sag'];
  for (const name of names) await verified(place.vault, name, hour(0), 1);
  expect(await lastMeasures(place.vault, 'sage', check)).toBeNull();
  for (const [index, name] of names.entries()) await verified(place.vault, name, hour(index + 1), index);
  for (const [index, name] of names.entries())
    expect((await lastMeasures(place.vault, name, check))?.measures).toEqual({ 'public.t': index });
});
