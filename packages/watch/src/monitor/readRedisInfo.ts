import type { RedisFacts } from './facts.ts';

/** Reads the text of `INFO`; `save` is the value of `CONFIG GET save`, null when that may not be asked. */
export function readRedisInfo(info: string, save: string | null): RedisFacts {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const failed = (name: string) => fields.has(name) && fields.get(name) !== 'ok';
  return {
    usedBytes: number('used_memory'),
    maxBytes: number('maxmemory'),
    systemBytes: number('total_system_memory'),
    policy: fields.get('maxmemory_policy') ?? 'unknown',
    appendOnly: fields.get('aof_enabled') === '1',
    snapshots: save === null ? null : save.trim() !== '',
    lastWriteOk: !failed('rdb_last_bgsave_status') && !failed('aof_last_write_status'),
  };
}
