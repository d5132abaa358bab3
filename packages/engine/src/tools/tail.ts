/** Keeps the last 64 KiB of what a tool says, and hands on its lines. */
export interface Tail {
  add(chunk: Buffer): void;
  /** Hands on an unfinished last line and returns what was kept. */
  end(): string;
}

const keptBytes = 64 * 1024;

export function createTail(onLine: (line: string) => void): Tail {
  let kept = Buffer.alloc(0);
  let open = '';
  return {
    add(chunk) {
      kept = Buffer.concat([kept, chunk]);
      if (kept.length > keptBytes) kept = kept.subarray(kept.length - keptBytes);
      const lines = (open + chunk.toString('utf8')).split('\n');
      open = (lines.pop() ?? '').slice(-keptBytes);
      for (const line of lines) onLine(line);
    },
    end() {
      if (open !== '') onLine(open);
      open = '';
      return kept.toString('utf8');
    },
  };
}
