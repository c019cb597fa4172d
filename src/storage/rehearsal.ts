import type { EntityManager } from '@mikro-orm/core'

/** Takes back what was rehearsed; never seen outside. */
class Over extends Error {}

/**
 * Does the work and takes it back: what costs as much as the real thing, and leaves nothing. So the time of an answer
 * does not tell which of the two it was.
 */
export async function rehearse(em: EntityManager, work: () => Promise<unknown>): Promise<void> {
  try {
    await em.transactional(async () => {
      await work()
      await em.flush()
      throw new Over()
    })
  } catch (error) {
    if (!(error instanceof Over)) throw error
  }
}
