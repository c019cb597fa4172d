import { parseEmail } from '../../accounts/email.ts'
import { type Profile, parseProfile } from '../../accounts/profile.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { ProviderPolicy } from './policy.ts'

/**
 * Where each thing stands among what an upstream provider says of somebody; nothing else is taken over. A path names
 * members of objects with dots between: `user.email`.
 */
export interface ClaimMapping {
  /** What it calls them for ever. */
  subject: string
  email: string
  /** `values`: those that mean that it vouches for the address; any other, of whatever type, does not. */
  emailVerified: { claim: string; values: readonly (string | number | boolean)[] } | 'always' | 'never'
  /** Standard claims (OpenID Connect Core section 5.1) by what it calls them. */
  profile: Readonly<Partial<Record<keyof Profile | 'name' | 'preferred_username', string>>>
}

/** As OpenID Connect names things. */
export const OIDC_MAPPING: ClaimMapping = {
  subject: 'sub',
  email: 'email',
  emailVerified: { claim: 'email_verified', values: [true] },
  profile: {
    name: 'name',
    given_name: 'given_name',
    family_name: 'family_name',
    middle_name: 'middle_name',
    nickname: 'nickname',
    preferred_username: 'preferred_username',
    picture: 'picture',
    website: 'website',
    gender: 'gender',
    birthdate: 'birthdate',
    zoneinfo: 'zoneinfo',
    locale: 'locale',
  },
}

/** What an upstream provider says of somebody. */
export type Claims = Readonly<Record<string, unknown>>

/** Who somebody is by the word of an upstream provider, in our words. */
export interface Identity {
  subject: string
  /** Normalised; null where it tells none. */
  email: string | null
  /** Whether it vouches for the address. */
  emailVerified: boolean
  name: string | null
  /** Folded, and one that a username can be; whether it is free here is another question. */
  username: string | null
  profile: Profile
  /** The roles that the mapping gives them; null where roles are not mapped. */
  roles: string[] | null
  /** Whether it says, in words that are trusted here, that they have shown a second factor. */
  secondFactor: boolean
}

/**
 * Pure: what a set of claims becomes. Whatever does not fit is left out; only who it is must be there.
 * @throws InvalidInput `subject` where the claims do not say who it is
 */
export function identityOf(
  { mapping, policy }: { mapping: ClaimMapping; policy: ProviderPolicy },
  claims: Claims,
): Identity {
  const email = textAt(claims, mapping.email)
  const address = email === null ? null : parseEmail(email)
  const { name, preferred_username: username = null, ...profile } = profileOf(mapping, claims)
  return {
    subject: subjectOf(mapping, claims),
    email: address,
    emailVerified: address !== null && isEmailVerified(mapping, claims),
    name: name ?? fallbackName(profile, textAt(claims, mapping.profile.preferred_username ?? '')),
    username,
    profile,
    roles: rolesOf(policy, claims),
    secondFactor: usedSecondFactor(policy, claims),
  }
}

/**
 * Pure: what an ID token says, and beside it what is said elsewhere. An address and whether it is vouched for come from
 * the same of the two, unless both speak of one address: nobody vouches for what another has said.
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
    throw new InvalidInput({ subject: 'missing' }, `the claims do not say who it is: ${subject} is not there`)
  return text
}

function isEmailVerified({ emailVerified: rule }: ClaimMapping, claims: Claims): boolean {
  if (typeof rule === 'string') return rule === 'always'
  const value = claimAt(claims, rule.claim)
  return rule.values.some(each => each === value)
}

/** Each claim by itself: one that no profile could have does not cost the others. */
function profileOf(
  { profile }: ClaimMapping,
  claims: Claims,
): Profile & { name?: string; preferred_username?: string } {
  const taken: Record<string, unknown> = {}
  for (const [claim, path] of Object.entries(profile)) {
    const value = textAt(claims, path)
    if (value === null) continue
    try {
      Object.assign(taken, parseProfile({ [claim]: value }))
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
    }
  }
  return Object.fromEntries(Object.entries(taken).filter(([, value]) => value != null))
}

/** @param username as it is there, for that is what they are called there */
function fallbackName({ given_name, family_name, nickname }: Profile, username: string | null): string | null {
  const said = parseProfile({ name: username?.slice(0, 100) }).name
  return [given_name, family_name].filter(Boolean).join(' ') || nickname || said || null
}

function rolesOf({ roleMapping }: ProviderPolicy, claims: Claims): string[] | null {
  if (!roleMapping) return null
  const value = claimAt(claims, roleMapping.claim)
  const said = new Set(Array.isArray(value) ? value : [value])
  const given = Object.entries(roleMapping.roles).filter(([each]) => said.has(each))
  return [...new Set(given.flatMap(([, roles]) => roles))]
}

function usedSecondFactor({ trustedAmr, trustedAcr }: ProviderPolicy, { amr, acr }: Claims): boolean {
  const methods = Array.isArray(amr) ? amr : []
  return trustedAmr.some(each => methods.includes(each)) || trustedAcr.some(each => each === acr)
}

function textAt(claims: Claims, path: string): string | null {
  const value = claimAt(claims, path)
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** What stands at a path. Own members only: nothing comes from a prototype. */
export function claimAt(claims: Claims, path: string): unknown {
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
