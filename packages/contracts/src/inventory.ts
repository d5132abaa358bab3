import { z } from 'zod';
import { Sha256 } from './words.ts';

/**
 * One definition in the archive. `type` is pg_dump's entry type (`TABLE`, `INDEX`, `FK CONSTRAINT` …), `name` its
 * schema and tag, `digest` the SHA-256 of the entry's text in normal form.
 */
export const InventoryEntry = z.object({ type: z.string(), name: z.string(), digest: Sha256 });
export type InventoryEntry = z.infer<typeof InventoryEntry>;

/**
 * One table's content. `digest` is the sum modulo 2^256 of the SHA-256 of every row's COPY text (without its line
 * end): it does not depend on the order of rows. `bytes` counts COPY text with line ends. `nulls` has one count per
 * column, in the order of `columns`. `root` names the partition root when rows may land in any of its leaves.
 */
export const InventoryTable = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  digest: Sha256,
  nulls: z.record(z.string(), z.int().nonnegative()),
  root: z.string().optional(),
});
export type InventoryTable = z.infer<typeof InventoryTable>;

/** A sequence's position; `value` is a decimal text because it may exceed 2^53. */
export const InventorySequence = z.object({ name: z.string(), value: z.string(), called: z.boolean() });
export type InventorySequence = z.infer<typeof InventorySequence>;

/** All large objects together; `digest` is the order-free sum over SHA-256(oid, content). */
export const InventoryLargeObjects = z.object({
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  digest: Sha256,
});
export type InventoryLargeObjects = z.infer<typeof InventoryLargeObjects>;

/** What a backup holds, derived from the archive itself. */
export const Inventory = z.object({
  entries: z.array(InventoryEntry),
  tables: z.array(InventoryTable),
  sequences: z.array(InventorySequence),
  largeObjects: InventoryLargeObjects,
});
export type Inventory = z.infer<typeof Inventory>;

/** One way in which two inventories differ. */
export const Difference = z.object({
  kind: z.enum(['entry', 'rows', 'content', 'sequence', 'large-objects']),
  change: z.enum(['missing', 'unexpected', 'different']),
  name: z.string(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  /** Set when the difference is legitimate, e.g. another server major writes a definition differently. */
  excuse: z.string().optional(),
});
export type Difference = z.infer<typeof Difference>;
