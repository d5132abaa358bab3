const everyMs = 10;

/** Tells how long something took, without the time in which this process did not get to run. */
export interface Stopwatch extends Disposable {
  ms(): number;
}

/**
 * For promises such as "within a second" to whoever asks: on a machine that stands still nobody keeps them, and no clock
 * of this process knows of it but by a timer that comes too late.
 */
export function startStopwatch(): Stopwatch {
  let ran = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    ran += Math.min(now - last, 2 * everyMs);
    last = now;
  };
  const timer = setInterval(look, everyMs);
  return {
    ms() {
      look();
      return ran;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
