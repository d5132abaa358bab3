const lingerMs = 2_000;

/**
 * Calls `stop` once on SIGTERM or SIGINT, and `hurry` when a second signal comes while it works. Afterwards the process
 * ends: by itself, or after two seconds when something (a connection to a server that does not answer) keeps it; with
 * exit code 1 when `stop` rejected.
 */
export function stopOnSignals(stop: (signal: NodeJS.Signals) => Promise<void>, hurry: () => void): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      hurry();
      return;
    }
    stopping = true;
    stop(signal)
      .catch(() => {
        process.exitCode = 1;
      })
      .finally(() => setTimeout(() => process.exit(), lingerMs).unref());
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
