import type { Adapter, AdapterFactory, ClientMetadata, Client as Model } from 'oidc-provider'
import type { App } from '../../app.ts'
import { type Clock, epoch } from '../../base/clock.ts'
import { InvalidInput } from '../../base/refusals.ts'
import { newSecret } from '../../base/secrets.ts'
import type { Client } from '../../clients/client.ts'
import { makeSecret } from '../../clients/client-secrets/client-secret.ts'
import { Changes } from '../../storage/change-feed/changes.ts'
import { clientMetadata } from '../clients/client-metadata.ts'
import { keySetFetch } from '../clients/key-sets.ts'
import { extend } from '../people/existing-grant.ts'
import { People } from '../people/people.ts'
import { configuration } from '../provider/configuration.ts'
import { notices } from '../provider/library-notices.ts'
import { GatehouseProvider } from '../provider/provider.ts'
import type { Screens } from '../provider/screens.ts'
import { ProviderKey } from '../provider/signing.ts'
import { createAdapter } from '../store/adapter.ts'
import { type Answer, type Parameters, requestInProcess } from './in-process-request.ts'
import { PreviewArtifacts, unkeptResponses } from './preview-artifacts.ts'
import type { SettledRequest } from './settled-request.ts'

const noPage = () => {
  throw new Error('a preview shows no pages')
}
const NO_PAGES: Screens = {
  problem: noPage,
  confirmSignOut: noPage,
  signedOut: noPage,
  upstreamLogout: noPage,
  returnToClient: noPage,
}

/** The parameter that an error is about. */
function fieldOf(error: unknown, { claims }: Parameters): string {
  if (error === 'invalid_scope') return 'scope'
  if (error === 'invalid_target') return 'resource'
  return error === 'invalid_request' && claims !== undefined ? 'claims' : 'client'
}

/**
 * The provider as it is, for one client, with its records in memory. The client has a secret of this preview, so that its
 * requests can be sent however it really authenticates, and may redeem codes.
 */
export class PreviewProvider {
  readonly people: People
  readonly #clock: Clock
  readonly #client: Client
  readonly #artifacts = new PreviewArtifacts()
  readonly #credentials = makeSecret(new Date())
  readonly #provider: GatehouseProvider

  private constructor(app: App, client: Client, keys: ProviderKey[]) {
    const own = { ...app, artifacts: this.#artifacts, unconfirmedResponses: unkeptResponses(app) }
    // Without notifications it remembers no one: the process may outlive the preview.
    this.people = new People({ em: app.em, clock: app.clock, changes: new Changes() })
    this.#clock = app.clock
    this.#client = client
    const parts = { app: own, people: this.people, screens: NO_PAGES, keys }
    const options = configuration({ ...parts, fetchKeySet: keySetFetch(app), locales: [] })
    const records = createAdapter({ ...own, people: this.people })
    const found: Adapter = { ...records('Client'), find: async () => this.#metadata() }
    const adapter: AdapterFactory = kind => (kind === 'Client' ? found : records(kind))
    // The notices about this provider repeat those about the one of the process, which may still have to be logged.
    const before = notices.length
    this.#provider = new GatehouseProvider({ ...options, adapter }, parts)
    notices.splice(before)
  }

  static async start(app: App, client: Client): Promise<PreviewProvider> {
    const keys = await app.keys.list()
    const unsealed = keys.map(key => new ProviderKey({ ...key, privateKey: app.keys.privateKey(key) }))
    return new PreviewProvider(app, client, unsealed)
  }

  async model(): Promise<Model> {
    return (await this.#provider.Client.find(this.#client.id))!
  }

  /** The parameters of an authorization request as the provider checks and settles them. @throws InvalidInput */
  async push(parameters: Parameters): Promise<string> {
    const { request_uri: uri } = await this.post('/request', {
      response_type: 'code',
      redirect_uri: this.#client.redirectUris[0],
      code_challenge: newSecret(),
      code_challenge_method: 'S256',
      ...parameters,
    })
    const stored = await this.#artifacts.get('PushedAuthorizationRequest', String(uri).split(':').at(-1)!)
    return String(stored?.request)
  }

  /** The token response to a code for what the person grants. @throws InvalidInput */
  async redeem(accountId: string, { scope, claims, resource, access }: SettledRequest): Promise<Answer> {
    const { AuthorizationCode, Grant } = this.#provider
    const client = await this.model()
    const grant = new Grant({ accountId, clientId: client.clientId })
    extend(grant, access)
    const [redirectUri] = this.#client.redirectUris
    const code = new AuthorizationCode({
      ...{ client, accountId, scope, claims, resource, redirectUri, grantId: await grant.save() },
      ...{ authTime: epoch(this.#clock.now()), acr: 'acr', amr: ['pwd'], gty: 'authorization_code' },
      ...(client.includeSid() ? { sid: 'sid' } : {}),
    })
    return this.post('/token', {
      grant_type: 'authorization_code',
      code: await code.save(),
      redirect_uri: redirectUri,
    })
  }

  async userinfo(token: string): Promise<Answer> {
    const { status, body } = await this.#send('/me', { token })
    if (status >= 300) throw new Error(`the preview of userinfo failed: ${body.error_description}`)
    return body
  }

  /** A request of the client. @throws InvalidInput if it is refused */
  async post(path: string, parameters: Parameters): Promise<Answer> {
    const form = { ...parameters, client_id: this.#client.id, client_secret: this.#credentials.secret }
    const { status, body } = await this.#send(path, { form })
    if (status < 300) return body
    const problem = String(body.error_description ?? body.error)
    if (status >= 500) throw new Error(`the preview of ${path} failed: ${problem}`)
    throw new InvalidInput({ [fieldOf(body.error, parameters)]: problem })
  }

  #send(path: string, request: { form?: Parameters; token?: string }) {
    return requestInProcess(this.#provider.callback(), { host: new URL(this.#provider.issuer).host, path, ...request })
  }

  #metadata(): ClientMetadata {
    const metadata = clientMetadata(this.#client)
    const { grant_types: grants = [], response_types: responses = [] } = metadata
    return {
      ...metadata,
      ...(this.#client.profile !== 'machine' && {
        grant_types: [...new Set([...grants, 'authorization_code'])],
        response_types: [...new Set([...responses, 'code' as const])],
      }),
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: this.#credentials.stored.digest,
      secrets: [this.#credentials.stored],
    }
  }
}
