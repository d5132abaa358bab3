import type { Progress } from '@sagekeep/contracts';
import { byteSize, duration, plainLine, textWidth } from '@sagekeep/watch';

const barWidth = 24;

/** `██████░░░░  42 % dumping, 12 MiB at 3.1 MiB/s, about 20 s left`, no wider than the terminal. */
export function barLine(progress: Progress, columns: number): string {
  const filled = Math.round((progress.progress / 100) * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return cut(`${bar} ${progressLine(progress)}`, columns - 1);
}

/** ` 42 % dumping, 12 MiB at 3.1 MiB/s, about 20 s left`. */
export function progressLine(progress: Progress): string {
  const percent = `${Math.floor(progress.progress)}`.padStart(3);
  return `${percent} % ${[plainLine(progress.phase), ...figures(progress)].join(', ')}`;
}

function figures({ bytes: count, bytesPerSecond, etaMs, detail }: Progress): string[] {
  const rate = bytesPerSecond === undefined ? '' : ` at ${byteSize(bytesPerSecond)}/s`;
  return [
    ...(count === undefined ? [] : [`${byteSize(count)}${rate}`]),
    ...(etaMs === undefined ? [] : [`about ${duration(etaMs)} left`]),
    ...(detail === undefined ? [] : [plainLine(detail)]),
  ];
}

function cut(text: string, width: number): string {
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (textWidth(kept + segment) > width) return kept;
    kept += segment;
  }
  return kept;
}
