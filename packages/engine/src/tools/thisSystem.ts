import { readFileSync } from 'node:fs';
import { type OperatingSystem, parseOsRelease } from '@sagekeep/contracts';

/** The system that this process runs on; one without `/etc/os-release` is of no known kind. */
export function thisSystem(): OperatingSystem {
  try {
    return parseOsRelease(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return parseOsRelease('');
  }
}
