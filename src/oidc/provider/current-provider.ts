import { AsyncLocalStorage } from 'node:async_hooks'
import type { App } from '../../app.ts'
import { keySetFetch } from '../clients/key-sets.ts'
import { People } from '../people/people.ts'
import { configuration } from './configuration.ts'
import { advertise } from './discovery.ts'
import { recordEvents } from './events.ts'
import { notices } from './library-notices.ts'
import { GatehouseProvider } from './provider.ts'
import type { Screens } from './screens.ts'
import { signedDocument } from './signed-document.ts'
import { ProviderKey } from './signing.ts'

/**
 * The oidc-provider instance in use. The library fixes its keys when an instance is made, and we what discovery lists.
 * When the signing keys change, or a client is registered for something that discovery then has to list, each process
 * makes a new instance and switches to it between two requests, without a restart.
 */
export class CurrentProvider {
  readonly #parts: { app: App; screens: Screens; locales: string[] }
  readonly #fetchKeySet: ReturnType<typeof keySetFetch>
  readonly people: People
  /** Runs work outside of the transaction that changed the row, which may be over before the keys are read. */
  readonly #outside = AsyncLocalStorage.snapshot()
  #current: GatehouseProvider | null = null
  #keys: readonly ProviderKey[] = []
  /** The keys that the instance was made with, and what its discovery document lists. */
  #inUse = ''
  #making: Promise<void> | null = null
  #changed = false

  constructor(parts: { app: App; screens: Screens; locales: string[] }) {
    this.#parts = parts
    this.#fetchKeySet = keySetFetch(parts.app)
    this.people = new People(parts.app)
  }

  get provider(): GatehouseProvider {
    if (!this.#current) throw new Error('the provider has not been started')
    return this.#current
  }

  /** Signs a document that APIs verify with the published keys, as they do access tokens. @param typ its `typ` header */
  sign(typ: string, payload: object): Promise<string> {
    // Current keys come first, and every installation has one for ES256.
    return signedDocument(this.#keys.find(({ alg }) => alg === 'ES256')!, typ, payload)
  }

  async start(): Promise<void> {
    await this.#make()
    const { changes } = this.#parts.app
    // A null `id` means that notifications may have been missed: the keys are read again once they are received.
    // While they are not, or while the process shuts down, nothing is read.
    for (const topic of ['signing_key', 'client'] as const) {
      changes.subscribe(topic, id => {
        if (id !== null || changes.receiving) this.#renew()
      })
    }
  }

  /** Several keys may change at once: all changes during a renewal are handled by one more renewal after it. */
  #renew(): void {
    this.#changed = true
    this.#making ??= this.#outside(() => this.#renewWhileChanged()).finally(() => {
      this.#making = null
    })
  }

  async #renewWhileChanged(): Promise<void> {
    while (this.#changed) {
      this.#changed = false
      try {
        await this.#make()
      } catch (error) {
        this.#parts.app.log.error({ err: error }, 'could not load new signing keys; still using the old ones')
        this.#changed = await this.#waitToRetry()
      }
    }
  }

  #waitToRetry(): Promise<boolean> {
    return new Promise(resolve => setTimeout(() => resolve(this.#parts.app.changes.receiving), 2_000).unref())
  }

  async #make(): Promise<void> {
    const { app, screens } = this.#parts
    const [stored, used] = await app.scope(async () => [await app.keys.list(), await app.clients.inUse()])
    const inUse = JSON.stringify([stored.map(({ kid, stage }) => [kid, stage]), used])
    if (inUse === this.#inUse) return
    const keys = stored.map(key => new ProviderKey({ ...key, privateKey: app.keys.privateKey(key) }))
    const options = configuration({ ...this.#parts, people: this.people, keys, fetchKeySet: this.#fetchKeySet })
    const provider = new GatehouseProvider(options, { app, people: this.people, screens, keys })
    recordEvents(provider, app)
    advertise(provider, used)
    this.#current = provider
    this.#keys = keys
    this.#inUse = inUse
    for (const notice of notices.splice(0)) app.log.debug(notice)
  }
}
