import { createPostgreSqlTypeParsers } from '@mikro-orm/pglite'
import { parse } from 'postgres-array'

/** What MikroORM expects of PostgreSQL's text values; it sets these itself only for instances that it makes. */
export const pgliteParsers = createPostgreSqlTypeParsers((text: string) => parse(text))
