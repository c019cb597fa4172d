import type { Adapter, AdapterPayload } from 'oidc-provider'

/** More than enough for a trial; the oldest records are removed first. */
const MOST = 10_000

/**
 * The records of one kind (sessions, codes, tokens) in memory. The library itself checks whether one has expired.
 */
export class Memory implements Adapter {
  readonly #held = new Map<string, AdapterPayload>()

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#held.set(id, payload)
    const [oldest] = this.#held.keys()
    if (oldest !== undefined && this.#held.size > MOST) this.#held.delete(oldest)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#held.get(id)
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy(payload => payload.uid === uid)
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy(payload => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const payload = this.#held.get(id)
    if (payload) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    this.#held.delete(id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, payload] of this.#held) if (payload.grantId === grantId) this.#held.delete(id)
  }

  async #findBy(fits: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> {
    return [...this.#held.values()].find(fits)
  }
}
