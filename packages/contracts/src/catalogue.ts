import { z } from 'zod';
import { Manifest } from './manifest.ts';
import { Acknowledgement, Hold, Proof, Scrub, Suspect } from './marks.ts';

/** What was learned about a backup since it was made; the newest mark of each kind, null where there is none. */
export const Marks = z.object({
  proof: Proof.nullable(),
  hold: Hold.nullable(),
  suspect: Suspect.nullable(),
  acknowledgement: Acknowledgement.nullable(),
  scrub: Scrub.nullable(),
});
export type Marks = z.infer<typeof Marks>;

/** A backup as the catalogue lists it: its manifest joined with its marks. */
export const Backup = z.object({ manifest: Manifest, marks: Marks });
export type Backup = z.infer<typeof Backup>;

/** A folder that looks like a backup and is none: its manifest is missing, damaged, or contradicts its place. */
export const DamagedBackup = z.object({
  database: z.string(),
  id: z.string(),
  reason: z.string(),
  /** Set where the storage did not let it be read: it may be whole. */
  unread: z.boolean().optional(),
});
export type DamagedBackup = z.infer<typeof DamagedBackup>;
