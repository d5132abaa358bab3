/** What a server says of an object that was dropped after it was listed. Damaged catalogues cause the same words. */
export const vanished =
  /could not open relation with OID|cache lookup failed|could not find tuple for|cannot check index|relation ".*" does not exist/;
