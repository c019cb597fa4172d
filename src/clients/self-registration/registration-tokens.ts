import { z } from 'zod'
import type { Actor } from '../../base/actor.ts'
import { isText, newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, NotFound, Refusal } from '../../base/refusals.ts'
import { digest, newSecret } from '../../base/secrets.ts'
import { insert } from '../../storage/database/insert.ts'
import { parsed } from '../registration.ts'
import { RESPONSE_TYPES, returnsTokens } from '../response-types.ts'
import { OPTIONAL_SCOPES } from '../scopes.ts'
import { RegistrationToken } from './registration-token.ts'

/** Those that an operator can allow; `implicit` follows from the response types. */
const REGISTRABLE_GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const

const hostName = z
  .string()
  .regex(/^[a-z0-9.-]{1,253}$|^\[[0-9a-f:]+\]$/, 'must be a host name, such as app.example.com')
  .refine(host => URL.parse(`https://${host}/`)?.hostname === host, 'must be a host name, such as app.example.com')
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'is not a valid scope (RFC 6749 section 3.3)')
  .refine(name => !OPTIONAL_SCOPES.includes(name), 'is for applications that an operator registers')

/** What an operator decides of a token. */
export const newRegistrationToken = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 characters of A-Z, a-z, 0-9, ".", "_" and "-"'),
  uses: z.int().min(1).max(1000).default(1),
  /** Seconds. */
  expires: z
    .int()
    .min(60)
    .max(3650 * 86_400)
    .default(7 * 86_400),
  scopes: z.array(scope).min(1).max(100).optional(),
  grantTypes: z.array(z.enum(REGISTRABLE_GRANT_TYPES)).min(1).default(['authorization_code', 'refresh_token']),
  responseTypes: z.array(z.enum(RESPONSE_TYPES)).min(1).default(['code']),
  redirectHosts: z.array(hostName).min(1).max(50).optional(),
})

export type NewRegistrationToken = z.input<typeof newRegistrationToken>

/** The token is missing, unknown, used up or has expired (RFC 6750 section 3.1). */
export class RegistrationRefused extends Refusal {
  readonly code = 'invalid_token'
  /** A request without a token is told only that it needs one. */
  readonly presented: boolean

  constructor(presented: boolean, message: string) {
    super(message)
    this.presented = presented
  }
}

const USE = `
  update registration_token set used = used + 1 where id = ? and used < max_uses and expires_at > ? returning id`

/** The tokens with which programs register, made by operators. Only digests are stored. */
export class RegistrationTokens {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit'>) {
    this.#app = app
  }

  /** @returns also the token itself, which cannot be read again @throws InvalidInput, Conflict */
  async add(
    input: NewRegistrationToken,
    { by }: { by: Actor },
  ): Promise<{ registrationToken: RegistrationToken; token: string }> {
    const {
      name,
      uses,
      expires,
      scopes = null,
      grantTypes,
      responseTypes,
      redirectHosts = null,
    } = parsed(newRegistrationToken, input, 'registration token')
    if (grantTypes.includes('client_credentials') && scopes === null)
      throw new InvalidInput({ scopes: 'is required for client_credentials, for which no one is asked' })
    const [token, createdAt] = [newSecret(), this.#app.clock.now()]
    const implicit = responseTypes.some(returnsTokens) ? ['implicit'] : []
    const registrationToken = this.#app.em.create(RegistrationToken, {
      id: newId(createdAt),
      name,
      digest: digest(token),
      policy: { scopes, grantTypes: [...grantTypes, ...implicit], responseTypes, redirectHosts },
      maxUses: uses,
      used: 0,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + expires * 1000),
    })
    this.#app.audit.record('registration-token.added', { by, target: name })
    await insert(this.#app.em, registrationToken, `a registration token named ${name} already exists`)
    return { registrationToken, token }
  }

  list(): Promise<RegistrationToken[]> {
    return this.#app.em.find(RegistrationToken, {}, { orderBy: { createdAt: 'asc' } })
  }

  /** It allows no more registrations; the clients that were registered with it stay. @throws NotFound */
  async revoke(name: string, { by }: { by: Actor }): Promise<void> {
    const found = isText(name) ? await this.#app.em.findOne(RegistrationToken, { name }) : null
    if (!found) throw new NotFound(`there is no registration token ${JSON.stringify(name)}`)
    this.#app.em.remove(found)
    this.#app.audit.record('registration-token.revoked', { by, target: name })
    await this.#app.em.flush()
  }

  /** The token that was presented, if it still allows a registration. @throws RegistrationRefused */
  async find(presented: string): Promise<RegistrationToken> {
    const found = await this.#app.em.findOne(RegistrationToken, { digest: digest(presented) })
    if (!found || found.used >= found.maxUses || found.expiresAt <= this.#app.clock.now()) throw notValid()
    return found
  }

  /** Counts a use, in the transaction of the registration. Of two for the last use, one is refused. @throws RegistrationRefused */
  async use({ id, name }: RegistrationToken, { by }: { by: Actor }): Promise<void> {
    const used = await this.#app.em.execute<object[]>(USE, [id, this.#app.clock.now().toISOString()])
    if (used.length === 0) throw notValid()
    this.#app.audit.record('registration-token.used', { by, target: name })
  }
}

const notValid = () =>
  new RegistrationRefused(true, 'the registration token is unknown, has been used up, or has expired')
