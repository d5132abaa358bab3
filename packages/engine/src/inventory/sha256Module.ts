import {
  add,
  add64,
  assemble,
  type Code,
  get,
  instantiate,
  int,
  load,
  or,
  select,
  set,
  shiftLeft,
  shiftRight,
  splat,
  store,
  widenHigh,
  widenLow,
  xor,
} from './wasm.ts';

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4). */
const roundConstants = primes(64).map((prime) => fraction(BigInt(prime), 3n));
/** … and of the square roots of the first 8. */
const initialState = primes(8).map((prime) => fraction(BigInt(prime), 2n));

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n += 1) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** Exact, by bisection on whole numbers: root(value) × 2^32, without its whole part. */
function fraction(value: bigint, root: bigint): number {
  const target = value << (32n * root);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** root <= target) low = middle;
    else high = middle;
  }
  return Number(BigInt.asIntN(32, low));
}

/** Where things lie in the module's memory, bytes. Every word is a vector: the same word of four messages. */
export const layout = { state: 0, sums: 128, messages: 512, vectorBytes: 16, blockBytes: 256 } as const;

// Local 0 is the address; then 16 words of the schedule, the eight working variables, one in between.
const scheduled = (i: number) => 1 + (i & 15);
const working = 17;
const between = 25;
const vectors = 25;

const rotate = (local: number, by: number): Code => [
  ...[...get(local), ...int(by), ...shiftRight],
  ...[...get(local), ...int(32 - by), ...shiftLeft, ...or],
];
const rotations = (local: number, [a, b, c]: readonly [number, number, number]): Code => [
  ...[...rotate(local, a), ...rotate(local, b), ...xor],
  ...[...rotate(local, c), ...xor],
];
const mixed = (local: number, [a, b, shift]: readonly [number, number, number]): Code => [
  ...[...rotate(local, a), ...rotate(local, b), ...xor],
  ...[...get(local), ...int(shift), ...shiftRight, ...xor],
];

function extend(i: number): Code {
  return [
    ...[...get(scheduled(i)), ...mixed(scheduled(i + 1), [7, 18, 3]), ...add],
    ...[...get(scheduled(i + 9)), ...add],
    ...[...mixed(scheduled(i + 14), [17, 19, 10]), ...add, ...set(scheduled(i))],
  ];
}

/** Instead of moving eight variables on, the names turn. */
function round(i: number): Code {
  const name = (offset: number) => working + ((offset - i + 64) & 7);
  const [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(name) as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const choice = [...get(f), ...get(g), ...get(e), ...select];
  const majority = [...get(c), ...get(a), ...get(a), ...get(b), ...xor, ...select];
  return [
    ...[...get(h), ...rotations(e, [6, 11, 25]), ...add, ...choice, ...add],
    ...[...splat(roundConstants[i] ?? 0), ...add, ...get(scheduled(i)), ...add, ...set(between)],
    ...[...get(d), ...get(between), ...add, ...set(d)],
    ...[...get(between), ...rotations(a, [2, 13, 22]), ...add, ...majority, ...add, ...set(h)],
  ];
}

const words = Array.from({ length: 8 }, (_, i) => i);
const rounds = Array.from({ length: 64 }, (_, i) => i);
const at = (i: number) => i * layout.vectorBytes;

/** State := the initial one. */
const begin: Code = words.flatMap((i) => [
  ...int(layout.state),
  ...splat(initialState[i] ?? 0),
  ...store(at(i)),
]);

/** State := state compressed with the block at the address. */
const compress: Code = [
  ...rounds.slice(0, 16).flatMap((i) => [...get(0), ...load(at(i)), ...set(scheduled(i))]),
  ...words.flatMap((i) => [...int(layout.state), ...load(at(i)), ...set(working + i)]),
  ...rounds.flatMap((i) => [...(i < 16 ? [] : extend(i)), ...round(i)]),
  ...words.flatMap((i) => [
    ...[...int(layout.state), ...int(layout.state), ...load(at(i))],
    ...[...get(working + i), ...add, ...store(at(i))],
  ]),
];

/** Sums, 64 bits wide: every word of the state is added, two sums per word. */
const collect: Code = words.flatMap((i) => [
  ...[...int(layout.sums), ...int(layout.sums), ...load(at(i))],
  ...[...int(layout.state), ...load(at(i)), ...widenLow, ...add64],
  ...[...int(layout.state), ...load(at(i)), ...widenHigh, ...add64, ...store(at(i))],
]);

export interface Sha256Module {
  begin(unused: 0): void;
  compress(address: number): void;
  collect(unused: 0): void;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Four SHA-256 side by side, one per lane of a vector. */
export function createSha256Module(): Sha256Module {
  const code = assemble([
    { name: 'begin', vectors, code: begin },
    { name: 'compress', vectors, code: compress },
    { name: 'collect', vectors, code: collect },
  ]);
  return instantiate<Sha256Module>(code);
}
