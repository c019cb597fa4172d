import { z } from 'zod'
import { parseEmail } from '../../accounts/email.ts'
import { PROFILE_CLAIMS, type Profile, parseProfile } from '../../accounts/profile.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { ProviderPolicy } from './policy.ts'

const claimPath = z.string().min(1).max(200)

/**
 * Which claims of an upstream provider are read; others are ignored. A path names members of nested objects, separated by
 * dots: `user.email`.
 */
export const mappingSchema = z.strictObject({
  /** The permanent identifier of the person. */
  subject: claimPath,
  email: claimPath,
  /** The email is verified if the claim has one of these values, of exactly this type. */
  emailVerified: z.union([
    z.enum(['always', 'never']),
    z.strictObject({ claim: claimPath, values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
  ]),
  /** By standard claim (OpenID Connect Core section 5.1). */
  profile: z.partialRecord(z.enum(PROFILE_CLAIMS), claimPath),
})
export type ClaimMapping = z.output<typeof mappingSchema>

const OIDC_CLAIMS = [
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'picture', 'website'],
  ...['gender', 'birthdate', 'zoneinfo', 'locale'],
]

/** The mapping for providers that follow OpenID Connect. */
export const OIDC_MAPPING: ClaimMapping = {
  subject: 'sub',
  email: 'email',
  emailVerified: { claim: 'email_verified', values: [true] },
  profile: Object.fromEntries(OIDC_CLAIMS.map(claim => [claim, claim])),
}

/** The claims of an upstream provider about a person. */
export type Claims = Readonly<Record<string, unknown>>

/** A person as an upstream provider describes them, in our terms. */
export interface Identity {
  subject: string
  /** Normalized; null if the provider sends none. */
  email: string | null
  emailVerified: boolean
  name: string | null
  /** Folded and valid; it may be taken here. */
  username: string | null
  profile: Profile
  /** The roles that the mapping gives them; null if roles are not mapped. */
  roles: string[] | null
  /** Whether a trusted `amr` or `acr` shows that they used a second factor. */
  secondFactor: boolean
}

/**
 * Maps claims to an identity. Claims that are not valid here are left out; only the subject is required.
 * @throws InvalidInput `subject`
 */
export function identityOf(
  { mapping, policy }: { mapping: ClaimMapping; policy: ProviderPolicy },
  claims: Claims,
): Identity {
  const address = textAt(claims, mapping.email)
  const email = address === null ? null : parseEmail(address)
  const { name, preferred_username: username = null, ...profile } = profileOf(mapping, claims)
  return {
    subject: subjectOf(mapping, claims),
    email,
    emailVerified: email !== null && isEmailVerified(mapping, claims),
    name: name ?? fallbackName(profile, textAt(claims, mapping.profile.preferred_username ?? '')),
    username,
    profile,
    roles: rolesOf(policy, claims),
    secondFactor: usedSecondFactor(policy, claims),
  }
}

/**
 * Merges the claims of the ID token with those of the userinfo endpoint; the ID token takes precedence. The email and
 * whether it is verified come from the same source, unless both have the same email: no source verifies the address of
 * the other.
 */
export function mergeClaims(
  { mapping }: { mapping: ClaimMapping },
  { userinfo, idToken }: { userinfo: Claims; idToken: Claims },
): Claims {
  const claims = { ...userinfo, ...idToken }
  const { email, emailVerified: rule } = mapping
  if (typeof rule === 'string') return claims
  const inToken = textAt(idToken, email)
  if (inToken !== null && inToken === textAt(userinfo, email)) return claims
  const name = rule.claim.split('.')[0]!
  const { [name]: _, ...rest } = claims
  const source = inToken === null ? userinfo : idToken
  return Object.hasOwn(source, name) ? { ...rest, [name]: source[name] } : rest
}

const MAX_SUBJECT_LENGTH = 255

function subjectOf({ subject }: ClaimMapping, claims: Claims): string {
  const value = claimAt(claims, subject)
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text !== 'string' || text === '' || text.length > MAX_SUBJECT_LENGTH || text.includes('\0'))
    throw new InvalidInput(
      { subject: 'missing' },
      `the claim ${subject}, which identifies the person, is missing or invalid`,
    )
  return text
}

function isEmailVerified({ emailVerified: rule }: ClaimMapping, claims: Claims): boolean {
  if (typeof rule === 'string') return rule === 'always'
  const value = claimAt(claims, rule.claim)
  return rule.values.some(each => each === value)
}

/** Each claim is checked by itself: an invalid one does not affect the others. */
function profileOf(
  { profile }: ClaimMapping,
  claims: Claims,
): Profile & { name?: string; preferred_username?: string } {
  const valid = Object.entries(profile).flatMap(([claim, path]) => {
    const value = textAt(claims, path)
    try {
      return value === null ? [] : Object.entries(parseProfile({ [claim]: value }))
    } catch (error) {
      if (error instanceof InvalidInput) return []
      throw error
    }
  })
  return Object.fromEntries(valid.filter(([, value]) => value != null))
}

/** @param username as the provider sends it, even if it is not a valid username here */
function fallbackName({ given_name, family_name, nickname }: Profile, username: string | null): string | null {
  const cleaned = parseProfile({ name: username?.slice(0, 100) }).name
  return [given_name, family_name].filter(Boolean).join(' ') || nickname || cleaned || null
}

function rolesOf({ roleMapping }: ProviderPolicy, claims: Claims): string[] | null {
  if (!roleMapping) return null
  const values = new Set([claimAt(claims, roleMapping.claim)].flat())
  const mapped = Object.entries(roleMapping.roles).filter(([value]) => values.has(value))
  return [...new Set(mapped.flatMap(([, roles]) => roles))]
}

function usedSecondFactor({ trustedAmr, trustedAcr }: ProviderPolicy, { amr, acr }: Claims): boolean {
  const methods = Array.isArray(amr) ? amr : []
  return trustedAmr.some(each => methods.includes(each)) || trustedAcr.some(each => each === acr)
}

function textAt(claims: Claims, path: string): string | null {
  const value = claimAt(claims, path)
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** The value at a path. Only own members count, not those of a prototype. */
export function claimAt(claims: Claims, path: string): unknown {
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
