import { type Check, counted, fail, pass, skip, some, warn } from '../check.ts';

export const structureDefinitions: Check = {
  id: 'structure.definitions',
  title: 'Definitions since the last proof',
  group: 'structure',
  mode: 'full',
  asks:
    'Has a table, view, function, type, index, trigger or anything else vanished since the newest proven backup, or ' +
    'is it defined otherwise? (By pg_dump, without data.)',
  worst: 'fail',
  expected: 'nothing vanished, nothing changed',
  advice: 'If it was on purpose make a new backup; else look into the old one: sagekeep show ID',
  async run(probe) {
    const backup = await probe.newestProven();
    if (backup === null) return skip('there is no proven backup to compare with');
    const { changes: all, onlyNames } = await probe.changesSince(backup);
    const changes = all.filter(({ type }) => !/ACL$/.test(type));
    const named = (change: 'gone' | 'changed') =>
      changes.filter((one) => one.change === change).map(({ type, name }) => `${type.toLowerCase()} ${name}`);
    const since = `since ${backup.manifest.id}`;
    const [gone, changed] = [named('gone'), named('changed')];
    const more = changed.length === 0 ? '' : `; changed: ${some(changed)}`;
    if (gone.length > 0) return fail(`gone ${since}: ${some(gone)}${more}`);
    if (changed.length > 0) return warn(`changed ${since}: ${some(changed)}`);
    const entries = counted(backup.manifest.inventory.entries.length, 'definition', 'definitions');
    return pass(
      onlyNames === null
        ? `${entries} unchanged ${since}`
        : `none of ${entries} gone ${since}; only names compared: ${onlyNames}`,
    );
  },
};
