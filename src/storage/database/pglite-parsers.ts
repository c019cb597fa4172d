import { createPostgreSqlTypeParsers } from '@mikro-orm/pglite'
import { parse } from 'postgres-array'

/**
 * Parsers for PostgreSQL's text values as MikroORM expects them; it sets them only on PGlite instances that it creates
 * itself.
 */
export const pgliteParsers = createPostgreSqlTypeParsers((text: string) => parse(text))
