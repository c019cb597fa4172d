import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { isCanonical } from '../../base/canonical-jws.ts'
import type { Needs } from '../../base/nouns.ts'
import { Refusal } from '../../base/refusals.ts'
import type { StatedMetadata } from './registration-policy.ts'

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'Ed25519', 'EdDSA']
const LONGEST = 16 * 1024
/** How long keys are used without reading them again, and how soon an unknown key may cause another read. */
const KEYS_AGE_MS = 10 * 60_000
const REREAD_MS = 30_000

/** Claims of a JWT that say something about the statement itself. */
const OF_STATEMENT = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'software_statement'])

/** The statement cannot be used (RFC 7591 section 3.2.2). */
export class StatementRefused extends Refusal {
  readonly code = 'invalid_request'
  readonly error: 'invalid_software_statement' | 'unapproved_software_statement'

  constructor(error: StatementRefused['error'], message: string) {
    super(message)
    this.error = error
  }
}

/** A statement that was verified. */
export interface SoftwareStatement extends StatedMetadata {
  issuer: string
}

/**
 * Software statements (RFC 7591 section 2.3): metadata signed by an issuer that the operator trusts. Its values take
 * precedence over those of the request. The keys of the issuers are read by the guarded fetch.
 */
export class SoftwareStatements {
  readonly #app
  readonly #keys = new Map<string, { keys: Promise<JSONWebKeySet>; at: number }>()

  constructor(app: Needs<'clock' | 'config' | 'outbound'>) {
    this.#app = app
  }

  /** The statement of a registration request; null if it has none. @throws StatementRefused */
  async read(body: unknown): Promise<SoftwareStatement | null> {
    const { software_statement: text } = Object(body) as { software_statement?: unknown }
    if (text === undefined || text === null) return null
    const issuer = issuerOf(text)
    const address = this.#app.config.softwareStatementIssuers?.get(issuer)
    if (address === undefined)
      throw new StatementRefused('unapproved_software_statement', 'statements of this issuer are not accepted here')
    const { iss, ...claims } = await this.#verified(String(text), issuer, address)
    const stated = Object.entries(claims).filter(([name]) => !OF_STATEMENT.has(name))
    return { issuer, text: String(text), metadata: Object.fromEntries(stated) }
  }

  async #verified(text: string, issuer: string, address: string): Promise<JWTPayload> {
    const verify = async (age: number) => {
      const { payload } = await jwtVerify(text, createLocalJWKSet(await this.#keysAt(address, age)), {
        issuer,
        algorithms: ALGORITHMS,
        currentDate: this.#app.clock.now(),
        // A JWT for another audience, such as an ID token, is not a statement for this server.
        ...(decodeJwt(text).aud === undefined ? {} : { audience: this.#app.config.issuer }),
      })
      return payload
    }
    try {
      return await verify(KEYS_AGE_MS).catch(error => {
        if (error instanceof errors.JWKSNoMatchingKey) return verify(REREAD_MS)
        throw error
      })
    } catch (error) {
      if (error instanceof errors.JOSEError) throw invalid(`it was not verified: ${error.message}`)
      throw error
    }
  }

  /** @param age milliseconds since the last read after which the keys are read again, whether or not that read worked */
  #keysAt(address: string, age: number): Promise<JSONWebKeySet> {
    const now = this.#app.clock.now().getTime()
    const kept = this.#keys.get(address)
    if (kept && now - kept.at < age) return kept.keys
    const keys = this.#fetch(address)
    this.#keys.set(address, { keys, at: now })
    // A failure is remembered for a shorter time than keys are.
    keys.catch(() => this.#keys.set(address, { keys, at: now - KEYS_AGE_MS + REREAD_MS }))
    return keys
  }

  async #fetch(address: string): Promise<JSONWebKeySet> {
    try {
      const response = await this.#app.outbound(address)
      if (response.status !== 200) throw new Error(`status ${response.status}`)
      const set = (await response.json()) as JSONWebKeySet
      createLocalJWKSet(set)
      return set
    } catch {
      throw invalid('the keys of its issuer cannot be read at the moment')
    }
  }
}

function issuerOf(text: unknown): string {
  try {
    if (typeof text !== 'string' || text.length > LONGEST || !isCanonical(text)) throw invalid('it is not a JWT')
    const { iss } = decodeJwt(text)
    if (typeof iss === 'string') return iss
  } catch {
    throw invalid('it is not a JWT')
  }
  throw invalid('it names no issuer')
}

function invalid(problem: string): StatementRefused {
  return new StatementRefused('invalid_software_statement', problem)
}
