import { type Level, levelOf, lowestLevel, methodNames, methodsFromAmr, reaches } from '../../login/assurance.ts'

const OWN_VALUE: Record<Level, string> = {
  '1fa': 'urn:gatehouse:acr:1fa',
  '2fa': 'urn:gatehouse:acr:2fa',
  phr: 'urn:gatehouse:acr:phr',
}

/**
 * The supported `acr` values: our own, and equivalent ones of OpenID EAP ACR Values 1.0,
 * the REFEDS profiles and NIST SP 800-63B. Its AAL3 is missing because it requires hardware, which we do not.
 */
const LEVEL_OF: Readonly<Record<string, Level>> = {
  [OWN_VALUE['1fa']]: '1fa',
  [OWN_VALUE['2fa']]: '2fa',
  [OWN_VALUE.phr]: 'phr',
  phr: 'phr',
  'https://refeds.org/profile/sfa': '1fa',
  'https://refeds.org/profile/mfa': '2fa',
  'http://idmanagement.gov/ns/assurance/aal/1': '1fa',
  'http://idmanagement.gov/ns/assurance/aal/2': '2fa',
}

/** The `acr` value that our own APIs ask for if one factor is not enough. */
export const TWO_FACTORS = OWN_VALUE['2fa']

/** @param passkeys whether passkeys work at this issuer: no other factor is phishing-resistant */
export function acrValues({ passkeys }: { passkeys: boolean }): string[] {
  return Object.keys(LEVEL_OF).filter(value => passkeys || LEVEL_OF[value] !== 'phr')
}

/** The `acr` values that an application asks for, most preferred first. */
interface RequestedAcr {
  values: string[]
  /** Whether the application wants an error if none can be met (OIDC Core section 5.5.1.1). */
  essential: boolean
}

/**
 * Reads `acr_values` and `claims` (OIDC Core sections 3.1.2.1 and 5.5.1.1).
 * If the claim is essential, `acr_values` is ignored, because it could only weaken the requirement.
 */
export function requestedAcr({ claims, acr_values: voluntary }: Record<string, unknown>): RequestedAcr {
  const { value, values, essential } = claimedAcr(claims)
  const named = [value, ...(Array.isArray(values) ? values : [])].filter(each => typeof each === 'string')
  if (essential === true && (value !== undefined || values !== undefined)) return { values: named, essential }
  const more = typeof voluntary === 'string' ? voluntary.split(' ').filter(Boolean) : []
  return { values: [...named, ...more], essential: false }
}

function claimedAcr(claims: unknown): { value?: unknown; values?: unknown; essential?: unknown } {
  const parsed = (typeof claims === 'string' ? JSON.parse(claims) : {}) as { id_token?: { acr?: object | null } }
  return parsed.id_token?.acr ?? {}
}

/** The lowest level that was requested; null if no supported value was. */
export function requestedLevel({ values }: RequestedAcr, { passkeys }: { passkeys: boolean }): Level | null {
  const supported = acrValues({ passkeys }).filter(value => values.includes(value))
  const levels = supported.map(value => LEVEL_OF[value]!)
  return levels.length > 0 ? lowestLevel(levels) : null
}

/** The assurance level of a session. */
export function sessionLevel(amr: readonly string[] | undefined): Level | null {
  return levelOf(methodNames(methodsFromAmr(amr)))
}

/** The `acr` claim: the first requested value that the session meets, else our own value for its level. */
export function acrClaim({ values }: RequestedAcr, amr: readonly string[] | undefined): string | undefined {
  const level = sessionLevel(amr)
  const requested = values.find(value => LEVEL_OF[value] !== undefined && reaches(level, LEVEL_OF[value]))
  return requested ?? (level ? OWN_VALUE[level] : undefined)
}
