import { type Check, pass, skip, some, warn } from '../check.ts';

export const rightsGrants: Check = {
  id: 'rights.grants',
  title: 'Grants since the last proof',
  group: 'rights',
  mode: 'full',
  asks: 'Were grants taken away or changed that the newest proven backup holds?',
  worst: 'warn',
  expected: 'every grant as it was',
  advice: 'GRANT again what the application needs; if it was on purpose make a new backup.',
  async run(probe) {
    const backup = await probe.newestProven();
    if (backup === null) return skip('there is no proven backup to compare with');
    const since = await probe.changesSince(backup);
    const changes = since.changes.filter(({ type }) => /ACL$/.test(type));
    const { id } = backup.manifest;
    if (changes.length === 0)
      return pass(
        since.onlyNames === null
          ? `as in ${id}`
          : `none gone since ${id}; only names compared: ${since.onlyNames}`,
      );
    return warn(some(changes.map(({ name, change }) => `grants on ${name} ${change}`)));
  },
};
