/** The word that takes the fewest changes of single letters to become the given one. */
export function nearest(word: string, words: readonly string[]): string {
  const ranked = words.map((one) => ({ one, distance: distance(word, one) }));
  return ranked.toSorted((a, b) => a.distance - b.distance)[0]?.one ?? '';
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= b.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (letter === b[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
