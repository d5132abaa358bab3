/** A place that packages come from: one line of a `.list` file, or one combination of a deb822 stanza. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

/** Reads apt's one-line format (`sources.list`). Comments, options and `deb-src` lines are passed over. */
export function parseSourcesList(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line.trim());
    if (match?.[1] === undefined || match[2] === undefined) return [];
    return [{ uri: match[1], suite: match[2], components: words(match[3] ?? '') }];
  });
}

/** Reads apt's deb822 format (`*.sources`). Disabled stanzas and those without binaries are passed over. */
export function parseDeb822(text: string): AptSource[] {
  return stanzas(text).flatMap((stanza) => {
    const enabled = (stanza.get('enabled') ?? 'yes').toLowerCase() !== 'no';
    if (!enabled || !words(stanza.get('types') ?? '').includes('deb')) return [];
    const components = words(stanza.get('components') ?? '');
    return words(stanza.get('uris') ?? '').flatMap((uri) =>
      words(stanza.get('suites') ?? '').map((suite) => ({ uri, suite, components })),
    );
  });
}

/** The mirror that this machine takes Debian's `main` of a suite from; undefined when it has none. */
export function debianMirror(sources: readonly AptSource[], suite: string): string | undefined {
  const source = sources.find(
    (candidate) => candidate.suite === suite && candidate.components.includes('main'),
  );
  return source?.uri;
}

function stanzas(text: string): Map<string, string>[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n\s*\n/).map((block) => {
    const unfolded = block.replace(/\n[ \t]+/g, ' ');
    const fields = unfolded.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
    });
    return new Map(fields);
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
