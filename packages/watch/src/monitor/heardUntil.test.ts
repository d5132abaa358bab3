import { memoryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { noon } from '../testing/facts.ts';
import { keepMoment } from './containers.ts';
import { heardUntil } from './heardUntil.ts';

const nano = noon.getTime() * 1e6;
const moment = { database: 'sage', at: noon, nano, heardAt: noon };

it('a database is heard until its last event, whatever that was, and from the first question on', async () => {
  const { storage } = memoryVault(noon);
  const heard = async (begin: number) => [...(await heardUntil(storage, ['sage', 'shop'], begin))];
  await keepMoment(storage, { ...moment, action: 'health_status: healthy' });
  expect(await heard(nano + 5e9)).toEqual([
    ['sage', nano],
    ['shop', nano + 5e9],
  ]);
  await keepMoment(storage, { ...moment, nano: nano + 1e9, action: 'die' });
  expect(await heard(nano + 9e9)).toEqual([
    ['sage', nano + 1e9],
    ['shop', nano + 5e9],
  ]);
});

it.each(['', 'null', '{"nano": "then"}'])('a record that says %j is begun anew', async (damaged) => {
  const { storage } = memoryVault(noon);
  await storage.put('records/container-events/sage/heard', damaged);
  expect((await heardUntil(storage, ['sage'], nano)).get('sage')).toBe(nano);
  expect((await heardUntil(storage, ['sage'], nano + 5e9)).get('sage')).toBe(nano);
});

it('a clock that was set back makes nobody deaf', async () => {
  const { storage } = memoryVault(noon);
  await keepMoment(storage, { ...moment, action: 'die' });
  expect((await heardUntil(storage, ['sage'], nano - 5e9)).get('sage')).toBe(nano - 5e9);
});
