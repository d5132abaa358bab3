const placeholder = /\{\{\s*(\w+)\s*\}\}/g;

/**
 * Fills `{{name}}` in a body template. In a template that is a JSON object or array the values are escaped as the inside of
 * a JSON string, elsewhere they are put in as they are. Unknown names stay, so that a typing error shows.
 */
export function fillTemplate(
  template: string,
  fields: Readonly<Record<string, string | number | null>>,
): string {
  const json = isJson(template);
  return template.replace(placeholder, (whole, name: string) => {
    if (!Object.hasOwn(fields, name)) return whole;
    const value = String(fields[name] ?? '');
    return json ? JSON.stringify(value).slice(1, -1) : value;
  });
}

/** A digit is JSON inside of a string as well as outside of one. Text may begin like JSON: `{{text}}`, `[sagekeep] …`. */
function isJson(template: string): boolean {
  try {
    const parsed: unknown = JSON.parse(template.replace(placeholder, '0'));
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}
