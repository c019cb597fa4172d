import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core'
import { Conflict } from '../../base/refusals.ts'

/** Writes a new entity, and whatever else is unflushed. @throws Conflict with this message if its key is taken */
export async function insert(em: EntityManager, entity: object, taken: string): Promise<void> {
  try {
    await em.persist(entity).flush()
  } catch (error) {
    throw error instanceof UniqueConstraintViolationException ? new Conflict(taken) : error
  }
}
