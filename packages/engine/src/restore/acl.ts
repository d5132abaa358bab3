/** One grant on a database, taken from an `aclitem`'s text. `grantee` is null for PUBLIC. */
export interface Grant {
  readonly grantee: string | null;
  readonly privilege: 'CREATE' | 'TEMPORARY' | 'CONNECT';
  readonly grantable: boolean;
}

const privileges: Readonly<Record<string, Grant['privilege']>> = {
  C: 'CREATE',
  T: 'TEMPORARY',
  c: 'CONNECT',
};

/** A role name as aclitem's text has it: quoted when it must be, quotes doubled. */
function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** `grantee=privileges/grantor`; names may be quoted and hold any character. */
export function parseAclItem(text: string): Grant[] {
  const match = /^("(?:[^"]|"")*"|[^=]*)=((?:[a-zA-Z]\*?)*)\//su.exec(text);
  if (match === null) return [];
  const grantee = match[1] === '' ? null : unquote(match[1] ?? '');
  return [...(match[2] ?? '').matchAll(/([a-zA-Z])(\*?)/g)].flatMap(([, letter = '', star]) => {
    const privilege = privileges[letter];
    return privilege === undefined ? [] : [{ grantee, privilege, grantable: star === '*' }];
  });
}
