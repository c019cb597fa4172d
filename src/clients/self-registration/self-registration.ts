import type { Actor } from '../../base/actor.ts'
import { isText } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput } from '../../base/refusals.ts'
import { digest, newSecret, sameText } from '../../base/secrets.ts'
import { Client } from '../client.ts'
import { type ClientRegistration, checkRegistration } from '../registration.ts'
import { readMetadata } from './client-metadata.ts'
import { openPolicy } from './open-policy.ts'
import type { RegistrationPolicy } from './registration-policy.ts'
import { RegistrationRefused } from './registration-tokens.ts'
import { hostsOf, withinPolicy } from './within-policy.ts'

/** A registration with the credentials of the program; those that are null are not new, and cannot be read again. */
export interface Registered {
  client: Client
  secret: string | null
  /** Manages the registration. It stays the same, so that a lost answer locks no one out. */
  accessToken: string
}

/** Members of an answer that a program must not send back (RFC 7592 section 2.2). */
const ANSWERED = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/**
 * Programs that register themselves (RFC 7591) and manage their registration (RFC 7592). What they may register is bounded
 * by a policy, and checked like a registration by an operator. Consent, roles and access to Gatehouse itself stay with
 * operators.
 */
export class SelfRegistration {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'clients'
      | 'clock'
      | 'config'
      | 'em'
      | 'keys'
      | 'limits'
      | 'registrationTokens'
      | 'resources'
      | 'softwareStatements'
    >,
  ) {
    this.#app = app
  }

  /**
   * @param token the registration token that was presented, if any
   * @param network the IP network that registrations without one are counted by
   * @throws RegistrationRefused, StatementRefused, InvalidInput, TooManyAttempts
   */
  async register(
    body: unknown,
    { token, network, by }: { token: string | null; network: string; by: Actor },
  ): Promise<Registered> {
    const { clients, keys, registrationTokens, softwareStatements, limits, config, resources } = this.#app
    // Before anything is read, so that requests in parallel and wrong tokens are counted too.
    await limits.clientRegistrationByIp.take(network)
    const allowed = token === null ? null : await registrationTokens.find(token)
    if (allowed) await limits.clientRegistrationByIp.refund(network)
    const statement = await softwareStatements.read(body)
    // Anyone may have a copy of a statement, so that alone it is enough only for the addresses that it names.
    if (!allowed && config.clientRegistration !== 'open' && !statement?.metadata.redirect_uris)
      throw new RegistrationRefused(false, 'a registration token is required')
    const stated = statement && { text: statement.text, metadata: statement.metadata }
    const bounds = await openPolicy(resources, allowed?.policy)
    const redirectHosts = allowed ? bounds.redirectHosts : hostsOf(statement?.metadata.redirect_uris)
    const policy = { ...bounds, redirectHosts, ...(stated && { stated }) }
    const registration = withinPolicy(readMetadata(withStatement(body, policy)), policy)
    // Before the transaction, in which a new key would take long to make.
    await keys.ensure([checkRegistration(registration).idTokenAlg], { by })
    const accessToken = newSecret()
    const from = {
      registeredBy: allowed ? 'token' : statement ? 'software-statement' : 'open',
      registeredWith: allowed?.name ?? statement?.issuer ?? null,
      registrationPolicy: policy,
      registrationAccessDigest: digest(accessToken),
    } as const
    return this.#app.atomically(async () => {
      if (allowed) await registrationTokens.use(allowed, { by })
      return { ...(await clients.register(registration, { by, from })), accessToken }
    })
  }

  /**
   * The registration that belongs to this access token.
   * @throws RegistrationRefused, TooManyAttempts
   */
  async find(id: string, { token, network }: { token: string | null; network: string }): Promise<Client> {
    if (token === null) throw new RegistrationRefused(false, 'the registration access token is required')
    const client = isText(id) ? await this.#app.em.findOne(Client, { id }) : null
    if (!managedWith(client, token)) await this.#app.limits.clientRegistrationByIp.take(network)
    return managed(client, token)
  }

  /** The same, checked again while no one else can change it. @throws RegistrationRefused */
  async #lock({ id }: Client, token: string | null): Promise<Client> {
    return managed(await this.#app.clients.lock(id), token)
  }

  /**
   * Replaces the registration; members that are left out get their defaults (RFC 7592 section 2.2).
   * @returns also the new secret if the client had none and needs one
   * @throws RegistrationRefused, InvalidInput, TooManyAttempts
   */
  async update(
    id: string,
    body: unknown,
    { token, network, by }: { token: string | null; network: string; by: Actor },
  ): Promise<Omit<Registered, 'accessToken'>> {
    const { atomically, clients, clock, keys, limits } = this.#app
    const seen = await this.find(id, { token, network })
    await limits.clientUpdateByClient.take(id)
    const actor = { ...by, kind: 'client', id } as const
    await keys.ensure([checkRegistration(replacement(seen, body, clock.now())).idTokenAlg], { by: actor })
    return atomically(async () => {
      // An operator may have adopted or changed it meanwhile.
      const client = await this.#lock(seen, token)
      return { client, secret: await clients.replace(client, replacement(client, body, clock.now()), { by: actor }) }
    })
  }

  /** Removes the client; its tokens stop working. @throws RegistrationRefused, TooManyAttempts */
  async remove(
    id: string,
    { token, network, by }: { token: string | null; network: string; by: Actor },
  ): Promise<void> {
    const seen = await this.find(id, { token, network })
    await this.#app.atomically(async () => {
      await this.#lock(seen, token)
      await this.#app.clients.remove(id, { by: { ...by, kind: 'client', id } })
    })
  }
}

/** What the client asks for, as far as it may. @throws InvalidInput */
function replacement(client: Client, body: unknown, now: Date): ClientRegistration {
  const policy = client.registrationPolicy!
  const metadata = readMetadata(withStatement(body, policy))
  const { client_id: id, client_secret: secret, ...others } = body as Record<string, unknown>
  const problems = Object.fromEntries(
    ANSWERED.filter(name => others[name] !== undefined).map(name => [name, 'must not be sent']),
  )
  if (id !== client.id) problems.client_id = 'must be that of this client'
  if (secret !== undefined && !(typeof secret === 'string' && client.hasSecret(secret, now)))
    problems.client_secret = 'is not the current one'
  if (others.software_statement != null && others.software_statement !== policy.stated?.text)
    problems.software_statement = 'cannot be changed; register again'
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems)

  const registration = withinPolicy(metadata, policy)
  const isPublic = registration.tokenEndpointAuthMethod === 'none'
  return { ...client.registration(), ...registration, pkce: isPublic ? 'required' : client.pkce } as ClientRegistration
}

function managedWith(client: Client | null, token: string | null): client is Client {
  const expected = client?.selfRegistered ? client.registrationAccessDigest : null
  return expected != null && token !== null && sameText(expected, digest(token))
}

/** @throws RegistrationRefused */
function managed(client: Client | null, token: string | null): Client {
  if (managedWith(client, token)) return client
  throw new RegistrationRefused(true, 'the registration access token does not belong to this client')
}

/** The values of a software statement take precedence (RFC 7591 section 2.3). */
function withStatement(body: unknown, { stated }: RegistrationPolicy): unknown {
  return stated && typeof body === 'object' && body !== null ? { ...body, ...stated.metadata } : body
}
