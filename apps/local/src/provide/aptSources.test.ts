import { expect, test } from 'vitest';
import { debianMirror, parseDeb822, parseSourcesList } from './aptSources.ts';

const deb822 = `Types: deb deb-src
# a comment inside of a stanza
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
`;

test('reads deb822 stanzas, folded fields and comments, without what is disabled or source only', () => {
  expect(parseDeb822(deb822)).toEqual([
    { uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    { uri: 'http://mirror.example/debian', suite: 'bookworm-updates', components: ['main', 'contrib'] },
    { uri: 'http://security.example/debian-security', suite: 'bookworm-security', components: ['main'] },
  ]);
});

test('reads one-line sources with options, without comments and sources', () => {
  const text = [
    '# deb http://off.example/debian bookworm main',
    'deb [arch=amd64 signed-by=/k.gpg] https://mirror.example/debian bookworm main # ours',
    'deb-src https://mirror.example/debian bookworm main',
    'deb https://other.example stable main',
    '',
  ].join('\n');
  expect(parseSourcesList(text)).toEqual([
    { uri: 'https://mirror.example/debian', suite: 'bookworm', components: ['main'] },
    { uri: 'https://other.example', suite: 'stable', components: ['main'] },
  ]);
});

test('the mirror is the one that brings main of the release itself', () => {
  const sources = parseDeb822(deb822);
  expect(debianMirror(sources, 'bookworm')).toBe('http://mirror.example/debian');
  expect(debianMirror(sources, 'trixie')).toBeUndefined();
});
