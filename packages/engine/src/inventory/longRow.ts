import { createHash } from 'node:crypto';

const tab = 0x09;
const backslash = 0x5c;
const letterN = 0x4e;

/** A row that arrives in pieces and may be larger than memory: hashed and searched for NULLs as a stream. */
export interface LongRow {
  add(piece: Buffer): void;
  /** The row's SHA-256; `onNull` hears the index of every column that is NULL. */
  end(onNull: (column: number) => void): Buffer;
}

export function createLongRow(): LongRow {
  const hash = createHash('sha256');
  const nulls: number[] = [];
  let column = 0;
  let fieldBytes = 0;
  // True while the open field is a beginning of `\N`.
  let maybeNull = true;

  function addToField(piece: Buffer, from: number, to: number): void {
    for (let i = from; i < to && maybeNull; i += 1) {
      const expected = fieldBytes === 0 ? backslash : fieldBytes === 1 ? letterN : -1;
      maybeNull = piece[i] === expected;
      fieldBytes += 1;
    }
  }

  function endField(): void {
    if (maybeNull && fieldBytes === 2) nulls.push(column);
    column += 1;
    fieldBytes = 0;
    maybeNull = true;
  }

  return {
    add(piece) {
      hash.update(piece);
      let from = 0;
      for (let at = piece.indexOf(tab); at >= 0; at = piece.indexOf(tab, from)) {
        addToField(piece, from, at);
        endField();
        from = at + 1;
      }
      addToField(piece, from, piece.length);
    },
    end(onNull) {
      endField();
      for (const index of nulls) onNull(index);
      return hash.digest();
    },
  };
}
