import { createPostgreSqlTypeParsers, PgliteDriver } from '@mikro-orm/pglite'
import { PostgreSqlDriver } from '@mikro-orm/postgresql'
import pg from 'pg'
import { parse } from 'postgres-array'
import { databaseUnavailable } from '../store-errors.ts'

/** MikroORM's drivers convert every error to one of their own; these keep `StoreUnavailable` as it is. */
export class Postgres extends PostgreSqlDriver {
  protected override rethrow<T>(work: Promise<T>): Promise<T> {
    return work.catch(error => {
      throw databaseUnavailable(error) ?? this.convertException(error)
    })
  }
}

export class Pglite extends PgliteDriver {
  protected override rethrow<T>(work: Promise<T>): Promise<T> {
    return work.catch(error => {
      throw databaseUnavailable(error) ?? this.convertException(error)
    })
  }
}

/** Parses PostgreSQL's text values as MikroORM expects them, which sets this up only for connections that it makes. */
export const pgliteParsers = createPostgreSqlTypeParsers((text: string) => parse(text))

export const postgresTypes = new pg.TypeOverrides()
for (const [oid, parser] of Object.entries(pgliteParsers)) postgresTypes.setTypeParser(Number(oid), parser)
