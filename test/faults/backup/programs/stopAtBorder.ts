/**
 * Makes a backup and stops for ever at one border, saying so. Arguments: URL, storage folder, job id, border, attempt.
 * Without a border it goes through and says what it has made.
 */
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { createSubject, testContext } from '../../../integration/backup/harness.ts';

const [url = '', folder = '', jobId = '', border = '', attempt = '1'] = process.argv.slice(2);
const vault = createVault({ storage: createFolderStorage({ folder }), now: () => new Date() });
const subject = await createSubject(url, { vault, folder });
const context = testContext({
  jobId,
  attempt: Number(attempt),
  async onBorder(name) {
    if (name !== border) return;
    console.log(`at ${name}`);
    // A timer keeps the process alive for as long as nobody kills it.
    await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
  },
});
const working = { dumping: 'dump', deriving: 'derive' }[border];
if (working !== undefined) {
  const told = context.progress;
  Object.assign(context, {
    progress(progress: { phase: string; bytes?: number }) {
      told(progress as never);
      if (progress.phase !== working || (progress.bytes ?? 0) === 0) return;
      console.log(`at ${border}`);
      // The tool at work ends no sooner than its output is read.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  });
}
const { manifest } = await subject.backup(context);
console.log(`made ${manifest.id}`);
await subject[Symbol.asyncDispose]();
