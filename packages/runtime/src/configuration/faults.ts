import { SagekeepError } from '@sagekeep/contracts';

/** Collects everything that is wrong with a configuration, so that all of it is told at once. */
export interface Faults {
  add(path: string, message: string): void;
  none(): boolean;
  /** Throws `CONFIGURATION_INVALID` when anything was added. */
  end(source: string): void;
}

export function createFaults(): Faults {
  const found: { path: string; message: string }[] = [];
  return {
    add(path, message) {
      found.push({ path, message });
    },
    none: () => found.length === 0,
    end(source) {
      if (found.length === 0) return;
      const lines = found.map((fault) => `${fault.path}: ${fault.message}`);
      throw new SagekeepError(
        'CONFIGURATION_INVALID',
        `The configuration has ${found.length === 1 ? 'a fault' : `${found.length} faults`}:\n  ${lines.join('\n  ')}`,
        { advice: `Correct what is named above (${source}) and start again.`, facts: { faults: found } },
      );
    },
  };
}
