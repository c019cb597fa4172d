import * as client from 'openid-client'
import { operator } from '../../src/base/actor.ts'
import type { NewRegistrationToken } from '../../src/clients/self-registration/registration-tokens.ts'
import type { Gatehouse } from './gatehouse.ts'
import { CALLBACK, RelyingParty } from './relying-party.ts'

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** A program that registers itself at the registration endpoint. */
export class RegisteringProgram {
  readonly #gatehouse: Pick<Gatehouse, 'url'>

  constructor(gatehouse: Pick<Gatehouse, 'url'>) {
    this.#gatehouse = gatehouse
  }

  register(metadata: unknown = {}, token?: string): Promise<Answer> {
    const defaults = { redirect_uris: [CALLBACK] }
    const body = typeof metadata === 'object' && !Array.isArray(metadata) ? { ...defaults, ...metadata } : metadata
    return this.send('POST', '/reg', { token, body })
  }

  async send(
    method: string,
    path: string,
    {
      token,
      body,
      headers = {},
    }: { token?: string | undefined; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : this.#gatehouse.url + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} }
  }
}

/** Makes a registration token. */
export async function registrationToken({ app }: Gatehouse, token: NewRegistrationToken): Promise<string> {
  return (await app.scope(() => app.registrationTokens.add(token, { by: operator }))).token
}

/** Registers with openid-client, as an application does that knows only the issuer. */
export async function registeredParty(
  gatehouse: Gatehouse,
  metadata: Partial<client.ClientMetadata> = {},
  initialAccessToken?: string,
): Promise<RelyingParty> {
  const configuration = await client.dynamicClientRegistration(
    new URL(gatehouse.url),
    { redirect_uris: [CALLBACK], ...metadata },
    undefined,
    { execute: [client.allowInsecureRequests], ...(initialAccessToken && { initialAccessToken }) },
  )
  const { client_id: id, client_secret: secret } = configuration.clientMetadata()
  return new RelyingParty(gatehouse, id, typeof secret === 'string' ? secret : null, configuration)
}
