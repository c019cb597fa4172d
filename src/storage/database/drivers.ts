import { PgliteDriver } from '@mikro-orm/pglite'
import { PostgreSqlDriver } from '@mikro-orm/postgresql'
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
