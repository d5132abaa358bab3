/** Whether a text can be parsed as JSON, of whatever shape. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
