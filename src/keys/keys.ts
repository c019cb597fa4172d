import { LockMode } from '@mikro-orm/core'
import { calculateJwkThumbprint } from 'jose'
import { type Actor, system } from '../base/actor.ts'
import { isText } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { Conflict, NotFound } from '../base/refusals.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../base/signing-algorithms.ts'
import { INITIAL_ALGORITHMS, type KeyPair, newKeyPair, SigningKey, type Stage } from './signing-key.ts'

/**
 * How long verifiers may cache the key set. Libraries cache it for minutes to hours, regardless of its `Cache-Control`.
 * A key that has been published for longer is in every cache.
 */
const CACHED_MS = 24 * 60 * 60 * 1000

/** The longest life of an access token and a margin for clocks that differ, in seconds. */
const [LONGEST_TOKEN, MARGIN] = [24 * 60 * 60, 2 * 60 * 60]

const STAGES: readonly Stage[] = ['current', 'next', 'retired']
const MADE: readonly Stage[] = ['current', 'next']

/**
 * The keys that sign tokens. Each algorithm has one current key, one next key that verifiers can already fetch, and
 * retired keys whose tokens may still be valid. Private keys are sealed in the database.
 */
export class Keys {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'config' | 'database'>) {
    this.#app = app
  }

  /** Current keys first: the first key of an algorithm is the one that signs. */
  async list(): Promise<SigningKey[]> {
    const keys = await this.#app.em.find(SigningKey, {}, { orderBy: { createdAt: 'desc', kid: 'asc' } })
    const order = (key: SigningKey) =>
      STAGES.indexOf(key.stage) * SIGNING_ALGORITHMS.length + SIGNING_ALGORITHMS.indexOf(key.alg)
    return keys.sort((one, other) => order(one) - order(other))
  }

  /** Whether there is a key to sign with. It is part of readiness, so the query uses a separate connection. */
  async ready(): Promise<boolean> {
    return (
      (await this.#app.database.readinessQuery(`select kid from signing_key where stage = 'current' limit 1`)).length >
      0
    )
  }

  privateKey(key: SigningKey) {
    return key.privateKey(this.#app.sealing)
  }

  /**
   * Creates the missing keys of these algorithms: at the first start, and when a client or an API is registered for an
   * algorithm that no other uses. Several processes may do so at once.
   */
  async ensure(algorithms: readonly SigningAlgorithm[] = INITIAL_ALGORITHMS, { by = system } = {}): Promise<void> {
    const missing = await this.#missing(algorithms)
    if (missing.length === 0) return
    // Before the transaction, because the embedded database executes nothing else during one.
    const made = await Promise.all(missing.map(async ({ alg, stage }) => ({ stage, pair: await newKeyPair(alg) })))
    await this.#exclusively(async () => {
      const now = this.#app.clock.now()
      const still = await this.#missing(algorithms)
      for (const { stage, pair } of made)
        if (still.some(key => key.stage === stage && key.alg === pair.alg)) await this.#make(pair, stage, by, now)
    })
  }

  async #missing(algorithms: readonly SigningAlgorithm[]): Promise<{ alg: SigningAlgorithm; stage: Stage }[]> {
    const found = await this.#app.em.find(SigningKey, { stage: { $in: [...MADE] } })
    return algorithms
      .flatMap(alg => MADE.map(stage => ({ alg, stage })))
      .filter(({ alg, stage }) => !found.some(key => key.alg === alg && key.stage === stage))
  }

  /**
   * Signs with the next keys from now on, retires the current ones, and publishes new next keys.
   * @param now rotates even if verifiers may not have fetched the next keys yet
   * @throws Conflict if they may not have, and `now` is not set
   */
  async rotate({ by, now = false }: { by: Actor; now?: boolean }): Promise<SigningKey[]> {
    // Before the transaction, because the embedded database executes nothing else during one.
    const used = new Set((await this.list()).map(({ alg }) => alg))
    const pairs = await Promise.all([...used].map(newKeyPair))
    await this.#exclusively(async () => {
      const keys = await this.list()
      const due = publishedEverywhere(keys)
      if (!now && due > this.#app.clock.now()) throw tooNew(due)
      // In two steps, because the database allows only one current key of an algorithm at any moment.
      for (const key of keys) if (key.stage === 'current') key.retire(this.#app.clock.now())
      await this.#app.em.flush()
      for (const key of keys) if (key.stage === 'next') key.stage = 'current'
      await this.#app.em.flush()
      for (const pair of pairs) await this.#make(pair, 'next', by)
      this.#app.audit.record('key.rotated', { by })
    })
    return this.list()
  }

  /** Removes retired keys whose tokens, ID token hints included, are no longer presented. @returns how many */
  async prune(): Promise<number> {
    const lifetime = Math.max(LONGEST_TOKEN, this.#app.config.sessionTtl) + MARGIN
    const before = new Date(this.#app.clock.now().getTime() - lifetime * 1000)
    return this.#app.em.nativeDelete(SigningKey, { stage: 'retired', retiredAt: { $lt: before } })
  }

  /** @throws NotFound; Conflict if it is not retired */
  async findRetired(kid: string): Promise<SigningKey> {
    const key = isText(kid) ? await this.#app.em.findOne(SigningKey, { kid }) : null
    if (!key) throw new NotFound(`there is no key ${JSON.stringify(kid)}`)
    if (key.stage !== 'retired') throw new Conflict(`the key ${kid} is ${key.stage}: only retired keys can be removed`)
    return key
  }

  /** Removes a retired key at once: what it signed is refused from now on. @throws NotFound, Conflict */
  async remove(kid: string, { by }: { by: Actor }): Promise<void> {
    this.#app.em.remove(await this.findRetired(kid))
    this.#app.audit.record('key.removed', { by, target: kid })
    await this.#app.em.flush()
  }

  async #make(
    { alg, publicKey, privateKey }: KeyPair,
    stage: Stage,
    by: Actor,
    createdAt = this.#app.clock.now(),
  ): Promise<void> {
    const jwk = publicKey.export({ format: 'jwk' })
    const key = this.#app.em.create(SigningKey, {
      kid: await calculateJwkThumbprint(jwk),
      alg,
      stage,
      publicJwk: jwk,
      sealed: this.#app.sealing.seal(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'signing key'),
      createdAt,
    })
    this.#app.audit.record('key.created', { by, target: key.kid })
  }

  /** Runs in one process at a time, on keys that are read under the lock. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    await this.#app.atomically(async () => {
      const { em } = this.#app
      await em.execute('lock table signing_key in share row exclusive mode')
      await em.find(SigningKey, {}, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
      await work()
    })
  }
}

/** When the next keys are in every cached key set. Those of the first start are as old as the current ones. */
function publishedEverywhere(keys: readonly SigningKey[]): Date {
  const newestRetirement = Math.max(0, ...keys.map(({ retiredAt }) => retiredAt?.getTime() ?? 0))
  const unseen = keys.filter(({ alg, stage, createdAt }) => {
    const current = keys.find(key => key.alg === alg && key.stage === 'current')
    return stage === 'next' && current && createdAt > current.createdAt
  })
  const published = Math.max(newestRetirement, ...unseen.map(({ createdAt }) => createdAt.getTime()))
  return new Date(published + CACHED_MS)
}

function tooNew(due: Date): Conflict {
  const when = `${due.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return new Conflict(
    `the next keys were published less than a day ago, and applications with an older key set would refuse their signatures; wait until ${when}, or use --now if a key must be replaced at once`,
  )
}
