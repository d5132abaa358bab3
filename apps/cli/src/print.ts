import type { World } from './world.ts';

/** Where words go: answers to stdout, everything else to stderr; with `--json` stdout carries one document only. */
export interface Print {
  readonly json: boolean;
  /** The answer: its JSON form with `--json`, else its text. */
  answer(document: unknown, text: () => string): void;
  /** Anything that is not the answer. */
  note(line: string): void;
}

export function createPrint(world: World, json: boolean): Print {
  return {
    json,
    answer: (document, text) => {
      world.out.write(`${json ? JSON.stringify(document, null, 2) : text()}\n`);
    },
    note: (line) => {
      world.err.write(`${line}\n`);
    },
  };
}
