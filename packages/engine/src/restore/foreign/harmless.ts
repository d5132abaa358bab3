/**
 * Extensions that only a superuser may create and that give nobody a way out of the database. PostgreSQL's own "trusted"
 * ones need no help: the owner of a database may create them.
 */
export const harmlessExtensions: readonly string[] = ['vector'];
