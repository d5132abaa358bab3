/**
 * As much of a WebAssembly assembler as four SHA-256 side by side need. Code is a flat list of bytes; an operation is
 * what stands behind its operands.
 */
export type Code = readonly number[];

/** Unsigned LEB128, WebAssembly's way to write whole numbers. */
export function unsigned(value: number): Code {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const int = (value: number): Code => [0x41, ...signed(value)];

const simd = (operation: number): Code => [0xfd, ...unsigned(operation)];
const align16 = 4;

/** Four 32-bit words from memory: at the address on the stack plus `offset`. */
export const load = (offset: number): Code => [...simd(0x00), align16, ...unsigned(offset)];
export const store = (offset: number): Code => [...simd(0x0b), align16, ...unsigned(offset)];
export const splat = (value: number): Code => [...int(value), ...simd(0x11)];
export const or: Code = simd(0x50);
export const xor: Code = simd(0x51);
/** Of the three on the stack: bits of the first where the third has ones, else of the second. */
export const select: Code = simd(0x52);
export const shiftLeft: Code = simd(0xab);
export const shiftRight: Code = simd(0xad);
export const add: Code = simd(0xae);
/** The lower, and the upper, two words widened to 64 bits. */
export const widenLow: Code = simd(0xc9);
export const widenHigh: Code = simd(0xca);
export const add64: Code = simd(0xce);

const v128 = 0x7b;
const i32 = 0x7f;

/** A function of one number, its address, with so many local vectors besides. */
export interface WasmFunction {
  readonly name: string;
  readonly vectors: number;
  readonly code: Code;
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => vector([...Buffer.from(value)].map((byte) => [byte]));

/** A module that exports its functions and one page (64 KiB) of `memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array {
  const bodies = functions.map(({ vectors, code }) => {
    const body = [...vector([[...unsigned(vectors), v128]]), ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  const exported = functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([[0x60, ...vector([[i32]]), ...vector([])]])),
    ...section(3, vector(functions.map(() => [0]))),
    ...section(5, vector([[0x00, 0x01]])),
    ...section(7, vector([...exported, [...text('memory'), 2, 0]])),
    ...section(10, vector(bodies)),
  ]);
}

/** What we use of an engine that TypeScript only describes together with browsers. */
interface Engine {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Runs an assembled module; its exports are whatever `Exports` says. */
export function instantiate<Exports>(code: Uint8Array): Exports {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };
  return new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports;
}
