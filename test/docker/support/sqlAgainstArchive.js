// Runs in the worker's container: the SQL of a backup, and what pg_restore writes of its archive, as digests.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { createFrameWalk, decompressed } from '/app/packages/engine/src/zstd/index.ts';

const [base] = process.argv.slice(-1);

/** The random key of psql's restricted mode is another one at each run. */
function digest(bytes) {
  const text = bytes.toString('latin1').replace(/^(\\(?:un)?restrict) [A-Za-z0-9]+$/gm, '$1');
  return { bytes: text.length, sha256: createHash('sha256').update(text, 'latin1').digest('hex') };
}

function frames(bytes) {
  const lengths = [];
  for (let at = 0; at < bytes.length; ) {
    const end = createFrameWalk().scan(bytes, at);
    if (end < 0) throw new Error('The last frame is cut off.');
    lengths.push(end - at);
    at = end;
  }
  return lengths;
}

const restore = spawn('/usr/lib/postgresql/17/bin/pg_restore', ['--file=-', `${base}.sql.custom`]);
restore.stderr.pipe(process.stderr);
const [sql, restored] = await Promise.all([
  buffer(decompressed(createReadStream(`${base}.sql.zst`))),
  buffer(restore.stdout),
]);
const answer = {
  sql: digest(sql),
  restored: digest(restored),
  frames: frames(readFileSync(`${base}.sql.zst`)),
};
console.log(JSON.stringify(answer));
