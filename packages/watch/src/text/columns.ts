/** Characters that take two cells of a terminal: CJK, full width forms, emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const zero = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u;

/** How many cells of a terminal a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Filled up with spaces behind the text to so many cells of a terminal; longer text stays as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** The same with the spaces before the text. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** A figure, with a unit or without, or nothing: such columns are set to the right. */
const figure = /^$|^[-–—]$|^[-+]?[\d,.]+( ?(%|B|kB|MB|GB|TB|PB|ms|s|min|h|d))?$/;

/** Rows as aligned lines below their heads; columns of figures to the right. Short rows are filled up. */
export function alignColumns(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = heads.map((head, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    return {
      width: Math.max(textWidth(head), ...cells.map(textWidth)),
      right: cells.some((cell) => cell !== '') && cells.every((cell) => figure.test(cell)),
    };
  });
  const line = (cells: readonly string[]) =>
    columns
      .map(({ width, right }, index) => (right ? padStart : padEnd)(cells[index] ?? '', width))
      .join('  ')
      .trimEnd();
  const rule = columns.map(({ width }) => '-'.repeat(width)).join('  ');
  return [line(heads), rule, ...rows.map(line)];
}
