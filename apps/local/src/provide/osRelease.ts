/** Which system this is, as `/etc/os-release` says. */
export interface OperatingSystem {
  /** `debian`, `ubuntu`, `fedora` … */
  readonly id: string;
  /** `12`, `13` …; empty where a system has none. */
  readonly version: string;
  /** What people call it, for messages. */
  readonly title: string;
}

/** Reads the text of `/etc/os-release`; fields that are not there are empty. */
export function parseOsRelease(text: string): OperatingSystem {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], unquote(match[2]));
  }
  const id = fields.get('ID') ?? '';
  return {
    id,
    version: fields.get('VERSION_ID') ?? '',
    title: fields.get('PRETTY_NAME') ?? (id === '' ? 'this system' : id),
  };
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted?.[2] ?? text;
}
