export { firstLine } from './firstLine.ts';
export { openRelay, type Relay } from './relay.ts';
export { type ProcessInside, signalInside } from './signalInside.ts';
export { execError, type Inside, type RunningExec, startExec } from './startExec.ts';
