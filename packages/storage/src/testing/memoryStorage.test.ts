import { createMemoryStorage } from './memoryStorage.ts';
import { storageContract } from './storageContract.ts';

storageContract('the storage in memory', async () => ({
  storage: createMemoryStorage(),
  [Symbol.asyncDispose]: async () => undefined,
}));
