/**
 * Calls `stop` once on SIGTERM or SIGINT, and `hurry` when a second signal comes while it works. The process exits by
 * itself when nothing is left open; when `stop` rejects it exits with 1.
 */
export function stopOnSignals(stop: (signal: NodeJS.Signals) => Promise<void>, hurry: () => void): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      hurry();
      return;
    }
    stopping = true;
    stop(signal).catch(() => {
      process.exitCode = 1;
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
