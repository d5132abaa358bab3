import { connectFailingFast } from '../../../../packages/runtime/src/redis/connect.ts';
import { quiet } from '../harness.ts';

/** Asks INFO in the moment in which its connection has broken and does not know it yet, and tells that it was answered. */
const redis = connectFailingFast({ url: process.env['REDIS_URL'] ?? '', name: 'asking', log: quiet });
await new Promise((resolve) => redis.once('ready', resolve));
redis.stream.destroy();
await redis.info();
process.stdout.write(`answered, ${redis.status}\n`);
redis.disconnect();
