/** ` +12.5 %` since an earlier measure; empty when there is none, or no growth worth a word. */
export function grown(now: number, before: number | undefined): string {
  if (before === undefined || before <= 0) return '';
  const percent = ((now - before) / before) * 100;
  if (Math.abs(percent) < 0.05) return '';
  return ` ${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)} %`;
}
