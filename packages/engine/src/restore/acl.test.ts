import { describe, expect, it } from 'vitest';
import { parseAclItem } from './acl.ts';

describe('an aclitem', () => {
  it.each([
    ['=Tc/postgres', [null, null], ['TEMPORARY', 'CONNECT']],
    ['sage=CTc/sage', ['sage', 'sage', 'sage'], ['CREATE', 'TEMPORARY', 'CONNECT']],
    ['"a=b ""c"" /d"=c/"o/p"', ['a=b "c" /d'], ['CONNECT']],
    ['unknown=x/postgres', [], []],
    ['nothing', [], []],
  ])('%s', (text, grantees, privileges) => {
    const grants = parseAclItem(text);
    expect(grants.map((grant) => grant.grantee)).toEqual(grantees);
    expect(grants.map((grant) => grant.privilege)).toEqual(privileges);
  });

  it('tells what may be handed on', () => {
    expect(parseAclItem('r=C*c/o').map((grant) => grant.grantable)).toEqual([true, false]);
  });
});
