import { type Actor, system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import { Client } from '../client.ts'
import type { ClientMetadata } from '../self-registration/client-metadata.ts'
import { openPolicy } from '../self-registration/open-policy.ts'
import { addressProblem } from './document-address.ts'
import { readDocument, registrationFrom, UnusableDocument } from './read-document.ts'
import { storeClient } from './store-client.ts'

/** A document as it was read. Times are in epoch milliseconds. */
interface Document {
  metadata: ClientMetadata
  readAt: number
  until: number
}

/** Longer than a document is used without reading it again, so that tokens can be refreshed meanwhile. */
const DOCUMENT = keptKind<Document>('ClientDocument', { ttl: 2 * 24 * 60 * 60 })

/** Milliseconds for which a document that could not be used is not read again. */
const FAILED_FOR = 30_000

/** How many documents, and how many failures, a process remembers; the oldest is dropped first. */
const MOST = 200

/**
 * Applications whose client ID is the address of a document that describes them
 * (draft-ietf-oauth-client-id-metadata-document). Off unless an operator allows it. A document is read when a person is
 * sent here to sign in, and shared by all processes; with the first consent the client is stored, and from then on
 * requests for tokens are answered even if its server is down.
 */
export class MetadataDocuments {
  readonly #app
  readonly #known = new Map<string, Document>()
  readonly #failed = new Map<string, { at: number; problem: string }>()
  readonly #reading = new Map<string, Promise<Document>>()
  readonly #clients = new WeakMap<Document, { scopes: string; client: Client }>()

  constructor(
    app: Needs<
      'audit' | 'clients' | 'clock' | 'config' | 'em' | 'keys' | 'kept' | 'limits' | 'log' | 'outbound' | 'resources'
    >,
  ) {
    this.#app = app
  }

  /**
   * @param network the IP network whose limit a document counts against if it has to be read; null to read none
   * @returns null if documents of this host are not allowed, or if it is not known and not to be read
   * @throws UnusableDocument, TooManyAttempts
   */
  async find(id: string, { network }: { network: string | null }): Promise<Client | null> {
    const { kept, clients, config } = this.#app
    const problem = this.#problem(id)
    if (problem !== null && network !== null && config.clientIdMetadataDocuments !== null)
      throw new UnusableDocument(problem)
    if (problem !== null) return null
    const known = this.#known.get(id) ?? (await kept.look(DOCUMENT, id))
    if (known) remember(this.#known, id, known)
    if (known && (network === null || known.until > this.#now)) return this.#client(id, known)
    if (network === null) return clients.findCached(id)
    return this.#client(id, await this.#read(id, network))
  }

  /** Stores a client, so that consents can refer to it, or what has changed in its document. */
  async store(id: string, { by }: { by: Actor }): Promise<void> {
    const client = await this.find(id, { network: null })
    if (client) await storeClient(client, this.#app, { by })
  }

  /** Why the document is not to be used; null if it is. */
  #problem(id: string): string | null {
    const { clientIdMetadataDocuments: allowed } = this.#app.config
    const problem = addressProblem(id)
    if (problem !== null) return `the client ID ${problem}`
    if (allowed === 'any' || allowed?.includes(new URL(id).host)) return null
    return 'client ID metadata documents of this host are not allowed here'
  }

  get #now(): number {
    return this.#app.clock.now().getTime()
  }

  /** Requests at the same time share one reading. */
  async #read(id: string, network: string): Promise<Document> {
    const failed = this.#failed.get(id)
    if (failed && failed.at > this.#now - FAILED_FOR) throw new UnusableDocument(failed.problem)
    const begun = this.#reading.get(id)
    if (begun) return begun
    await this.#app.limits.clientDocumentByIp.take(network)
    const reading = this.#reading.get(id) ?? this.#fetch(id).finally(() => this.#reading.delete(id))
    this.#reading.set(id, reading)
    return reading
  }

  async #fetch(id: string): Promise<Document> {
    const { clients, keys, kept, log, outbound } = this.#app
    try {
      const { metadata, maxAge } = await readDocument(id, outbound)
      const document = { metadata, readAt: this.#now, until: this.#now + maxAge * 1000 }
      const client = await this.#client(id, document)
      await keys.ensure([client.idTokenAlg], { by: system })
      await kept.put(DOCUMENT, id, document)
      remember(this.#known, id, document)
      if (await clients.findCached(id)) await storeClient(client, this.#app, { by: system })
      return document
    } catch (error) {
      if (!(error instanceof UnusableDocument)) throw error
      log.info({ client: id, problem: error.message, err: error.cause }, 'a client ID metadata document was refused')
      remember(this.#failed, id, { at: this.#now, problem: error.message })
      throw error
    }
  }

  /** The client that a document describes, with the scopes that such clients may have now. */
  async #client(id: string, document: Document): Promise<Client> {
    const policy = await openPolicy(this.#app.resources)
    const scopes = policy.scopes.join(' ')
    const made = this.#clients.get(document)
    if (made?.scopes === scopes) return made.client
    const client = Object.assign(new Client(), registrationFrom(document.metadata, policy), {
      id,
      createdAt: new Date(document.readAt),
      registeredBy: 'metadata-document' as const,
      registeredWith: new URL(id).host,
      registrationPolicy: null,
      registrationAccessDigest: null,
      secrets: [],
    })
    this.#clients.set(document, { scopes, client })
    return client
  }
}

function remember<T>(known: Map<string, T>, id: string, value: T): void {
  known.delete(id)
  if (known.size >= MOST) known.delete(known.keys().next().value!)
  known.set(id, value)
}
