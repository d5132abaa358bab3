/** Parsed objects by key, as long as their revision is the same. Bounded: the least recently used go first. */
export interface Cache<T> {
  get(key: string, revision: string): T | undefined;
  /** `cost` is the size of what was parsed, bytes. */
  set(key: string, entry: { revision: string; value: T; cost: number }): void;
}

export function createCache<T>(maxCost: number): Cache<T> {
  const entries = new Map<string, { revision: string; value: T; cost: number }>();
  let total = 0;

  function drop(key: string): void {
    total -= entries.get(key)?.cost ?? 0;
    entries.delete(key);
  }

  return {
    get(key, revision) {
      const entry = entries.get(key);
      if (entry === undefined || entry.revision !== revision) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, entry) {
      drop(key);
      if (entry.cost > maxCost) return;
      entries.set(key, entry);
      total += entry.cost;
      for (const oldest of entries.keys()) {
        if (total <= maxCost) break;
        drop(oldest);
      }
    },
  };
}
