import type { Finding } from '@sagekeep/contracts';
import { byteSize, percent } from '../text/units.ts';
import type { RedisFacts } from './facts.ts';
import { seen } from './finding.ts';

export function redisFindings(redis: RedisFacts | null): Finding[] {
  if (redis === null) {
    return [
      seen({
        id: 'redis.answers',
        title: 'Redis answers',
        status: 'fail',
        value: 'no answer',
        expected: 'an answer',
        advice: 'Start Redis: no job runs without it; sagekeep --offline still backs up and restores.',
      }),
    ];
  }
  return [memory(redis), policy(redis), persistence(redis)];
}

function memory({ usedBytes, maxBytes, systemBytes }: RedisFacts): Finding {
  const limit = maxBytes > 0 ? maxBytes : systemBytes;
  const used = limit === 0 ? 0 : usedBytes / limit;
  return seen({
    id: 'redis.memory',
    title: "Redis' memory",
    status: used >= 0.9 ? 'fail' : used >= 0.75 ? 'warn' : 'pass',
    value: `${byteSize(usedBytes)} used${limit === 0 ? '' : `, ${percent(used)} of ${byteSize(limit)}`}`,
    expected: 'below 75 %',
    advice: 'Raise maxmemory: when it is full Redis refuses to take jobs.',
  });
}

function policy({ policy: name, maxBytes }: RedisFacts): Finding {
  const safe = name === 'noeviction';
  return seen({
    id: 'redis.policy',
    title: "Redis' eviction policy",
    status: safe ? 'pass' : maxBytes > 0 ? 'fail' : 'warn',
    value: name,
    expected: 'noeviction',
    advice: 'Set maxmemory-policy noeviction: with any other Redis throws jobs away when its memory is full.',
  });
}

function persistence({ appendOnly, snapshots, lastWriteOk }: RedisFacts): Finding {
  const kinds = [...(appendOnly ? ['append-only file'] : []), ...(snapshots === true ? ['snapshots'] : [])];
  const none = kinds.length === 0;
  return seen({
    id: 'redis.persistence',
    title: 'Redis keeps its data',
    status: !lastWriteOk ? 'fail' : none && snapshots !== null ? 'warn' : 'pass',
    value: !lastWriteOk
      ? 'its last write to the disk failed'
      : none
        ? snapshots === null
          ? 'no append-only file; whether it makes snapshots may not be asked'
          : 'nothing: a restart forgets every job'
        : kinds.join(' and '),
    expected: 'an append-only file or snapshots, written without fault',
    advice:
      "Set appendonly yes, and look at Redis' disk. No backup and no schedule is lost with Redis, but waiting jobs are.",
  });
}
