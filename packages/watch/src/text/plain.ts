/** Characters that could move a terminal's cursor, break a line or hide text: shown as escapes, never sent. */
const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The password part of any URL that slipped into a text. */
const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/gi;

/** One line that is safe to print: control characters escaped, passwords of URLs hidden. */
export function plainLine(text: string): string {
  return text.replace(urlPassword, '$1***').replace(unsafe, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
  return names[character] ?? `\\u{${code}}`;
}
