import type { Client, Provider as Library } from 'oidc-provider'
import { pathOf } from '../../clients/claims/claim-names.ts'
import { PERSON_CLAIMS } from '../../clients/claims/claims-of-scopes.ts'
import { type ClientClaim, type Place, placesOf } from '../../clients/claims/client-claim.ts'
import { shapedRoles } from '../../clients/claims/shaped-roles.ts'
import { claimAllowed } from '../clients/client-metadata.ts'
import { actClaim, markOf } from '../impersonation/mark.ts'

/**
 * Claims as a client wants them (clients/claims): under other names, in nested objects, constants. A mapping draws only on
 * claims that the library has selected for the place, so it discloses nothing that the person has not granted.
 */

declare module 'oidc-provider' {
  interface Claims {
    readonly client: Client
    readonly ctx?: KoaContextWithOIDC
    /** What was granted, by the names of the claims. */
    readonly filter: object
  }
}

export type Claims = Record<string, unknown>

interface Mapping {
  path: string[]
  /** The claim that it draws on; null for a constant. */
  from: string | null
  read(granted: Claims): unknown
}

/** What is done to the claims in one place. */
interface Plan {
  /** Also a standard claim that is replaced: where the mapping has no value, the person's own must not take its place. */
  omitted: string[]
  mappings: Mapping[]
}

/** The place of the claims that a request selects. Other tokens that the library makes, such as logout tokens, have none. */
const PLACE_OF: Record<string, Place | undefined> = {
  authorization: 'id_token',
  resume: 'id_token',
  token: 'id_token',
  userinfo: 'userinfo',
}

/**
 * Limits the claims that the library selects for ID tokens and userinfo to those that the client is registered for, which
 * may be fewer than were granted, and maps them. Adds who acts as the person, if anyone does.
 */
export function mapSelectedClaims({ Claims }: Library): void {
  const { result } = Claims.prototype
  Claims.prototype.result = async function () {
    this.rejected(Object.keys(this.filter).filter(name => !claimAllowed(this.client, name)))
    const selected = await result.call(this)
    const place = PLACE_OF[this.ctx?.oidc.route ?? '']
    return place ? { ...mapClaims(this.client, place, selected), ...actClaim(markOf(this.ctx)) } : selected
  }
}

/**
 * The claims as the client wants them in this place.
 * @param granted the claims that mappings draw on
 */
export function mapClaims(client: Client, place: Place, claims: Claims, granted: Claims = claims): Claims {
  const plan = planFor(client, place)
  if (!plan) return claims
  const mapped = { ...claims }
  for (const name of plan.omitted) delete mapped[name]
  for (const { path, read } of plan.mappings) {
    const value = read(granted)
    if (value !== undefined) put(mapped, path, value)
  }
  return mapped
}

/** The mappings of a place. */
export function mappingsOf(client: Client, place: Place): readonly Mapping[] {
  return planFor(client, place)?.mappings ?? []
}

/** Made once for each version of a client. */
const plans = new WeakMap<Client, Partial<Record<Place, Plan>>>()

function planFor(client: Client, place: Place): Plan | undefined {
  const { mapped_claims: claims, clientId } = client
  if (claims === undefined) return undefined
  const known = plans.get(client) ?? {}
  plans.set(client, known)
  known[place] ??= planOf(
    claims.filter(claim => placesOf(claim).includes(place)),
    clientId,
  )
  return known[place]
}

function planOf(claims: readonly ClientClaim[], clientId: string): Plan {
  return {
    omitted: claims.map(({ claim }) => claim).filter(name => PERSON_CLAIMS.includes(name)),
    mappings: claims.filter(({ from }) => from !== null).map(claim => mappingOf(claim, clientId)),
  }
}

function mappingOf(claim: ClientClaim, clientId: string): Mapping {
  const { from = null, value } = claim
  const read = (granted: Claims) => {
    if (from === null) return value
    return from === 'roles' && Array.isArray(granted.roles) ? shapedRoles(claim, granted.roles) : granted[from]
  }
  return { path: pathOf(claim.claim, clientId), from, read }
}

/** Several claims may share an object. The registration has made sure that it is theirs alone. */
function put(claims: Claims, [name = '', ...inner]: string[], value: unknown): void {
  if (inner.length === 0) {
    claims[name] = value
    return
  }
  const object = Object.hasOwn(claims, name) ? (claims[name] as Claims) : {}
  put(object, inner, value)
  claims[name] = object
}
