/**
 * With what Node runs a worker: a young generation of at most 4 MiB. What streams through a backup dies young, and the 16 MiB
 * that Node takes otherwise are touched in full: a worker’s peak was 260 to 270 MiB with them and 230 with these, no slower
 * (60,000 × vector(1024), Node 24). `Dockerfile.worker` says the same.
 */
export const workerNodeOptions: readonly string[] = ['--max-semi-space-size=4'];
