import { isSagekeepError, Mark } from '@sagekeep/contracts';
import { toJson } from '../json.ts';
import { folderOfId, manifestName, unknownBackup } from '../names.ts';
import type { Storage } from '../port.ts';
import type { Catalogue } from '../vault.ts';
import { kindOfMarkName, markName } from './marks.ts';

/** Writes marks beside manifests and takes them back. Where there is no manifest there is nothing to mark. */
export function createMarking(storage: Storage): Pick<Catalogue, 'mark' | 'unmark'> {
  return {
    async mark(id, mark) {
      const folder = folderOfId(id);
      if ((await storage.stat(`${folder}/${manifestName}`)) === null) throw unknownBackup(id);
      try {
        await storage.put(`${folder}/${markName(mark)}`, toJson(Mark.parse(mark)), {
          inExistingFolder: true,
        });
      } catch (error) {
        throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? unknownBackup(id) : error;
      }
    },
    async unmark(id, kind) {
      const folder = folderOfId(id);
      if ((await storage.stat(`${folder}/${manifestName}`)) === null) throw unknownBackup(id);
      for (const { name } of await storage.children(folder))
        if (kindOfMarkName(name) === kind) await storage.remove(`${folder}/${name}`);
    },
  };
}
