import { afterEach, beforeEach, describe } from 'vitest';
import type { Storage } from '../port.ts';
import { movingContract } from './movingContract.ts';
import { readingContract } from './readingContract.ts';
import { writingContract } from './writingContract.ts';

export interface ContractSubject extends AsyncDisposable {
  readonly storage: Storage;
}

/** What every adapter of the port promises. Each test gets an empty storage. */
export function storageContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the storage contract`, () => {
    let subject: ContractSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });
    const storage = () => subject.storage;
    writingContract(storage);
    readingContract(storage);
    movingContract(storage);
  });
}
