/**
 * Fills `{{name}}` in a body template. In a template that is JSON (it starts with `{` or `[`) the values are escaped as
 * the inside of a JSON string, elsewhere they are put in as they are. Unknown names stay, so that a typing error shows.
 */
export function fillTemplate(
  template: string,
  fields: Readonly<Record<string, string | number | null>>,
): string {
  const json = /^\s*[[{]/.test(template);
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => {
    if (!Object.hasOwn(fields, name)) return whole;
    const value = String(fields[name] ?? '');
    return json ? JSON.stringify(value).slice(1, -1) : value;
  });
}
