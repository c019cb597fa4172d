import { type Level, levelOf, lowest, methodsOf, passedBy, reaches } from '../../login/assurance.ts'

const OWN: Record<Level, string> = {
  '1fa': 'urn:gatehouse:acr:1fa',
  '2fa': 'urn:gatehouse:acr:2fa',
  phr: 'urn:gatehouse:acr:phr',
}

/**
 * The values of `acr` that are understood: our own, and the names that others have given to the same (OpenID EAP ACR
 * Values 1.0, the REFEDS profiles, the levels of NIST SP 800-63B; its third asks for hardware, which nobody is asked for).
 */
const LEVEL_OF: Readonly<Record<string, Level>> = {
  [OWN['1fa']]: '1fa',
  [OWN['2fa']]: '2fa',
  [OWN.phr]: 'phr',
  phr: 'phr',
  'https://refeds.org/profile/sfa': '1fa',
  'https://refeds.org/profile/mfa': '2fa',
  'http://idmanagement.gov/ns/assurance/aal/1': '1fa',
  'http://idmanagement.gov/ns/assurance/aal/2': '2fa',
}

/** What an API of our own asks for where one factor is not enough. */
export const TWO_FACTORS = OWN['2fa']

/** @param passkeys whether browsers make passkeys for this place: nothing else cannot be phished */
export function acrValues({ passkeys }: { passkeys: boolean }): string[] {
  return Object.keys(LEVEL_OF).filter(value => passkeys || LEVEL_OF[value] !== 'phr')
}

/** What an application asks for, best first. */
interface AcrAsked {
  values: string[]
  /** It would rather have an error than any other (OIDC Core section 5.5.1.1). */
  essential: boolean
}

/**
 * Of `acr_values` and `claims` (OIDC Core sections 3.1.2.1 and 5.5.1.1). A wish beside what is essential would only make
 * less of it, and is left out.
 */
export function acrAsked({ claims, acr_values: wished }: Record<string, unknown>): AcrAsked {
  const { value, values, essential } = claimedAcr(claims)
  const named = [value, ...(Array.isArray(values) ? values : [])].filter(each => typeof each === 'string')
  if (essential === true && (value !== undefined || values !== undefined)) return { values: named, essential }
  const more = typeof wished === 'string' ? wished.split(' ').filter(Boolean) : []
  return { values: [...named, ...more], essential: false }
}

function claimedAcr(claims: unknown): { value?: unknown; values?: unknown; essential?: unknown } {
  const parsed = (typeof claims === 'string' ? JSON.parse(claims) : {}) as { id_token?: { acr?: object | null } }
  return parsed.id_token?.acr ?? {}
}

/** The level that is enough for what was asked; null where nothing was that is known here. */
export function levelAsked({ values }: AcrAsked): Level | null {
  const levels = values.map(value => LEVEL_OF[value]).filter(level => level !== undefined)
  return levels.length > 0 ? lowest(levels) : null
}

/** How sure a session is of its person. */
export function sessionLevel(amr: readonly string[] | undefined): Level | null {
  return levelOf(methodsOf(passedBy(amr ?? [])))
}

/** The claim: of what was asked for the first that is true, else the truth in our own words. */
export function acrTold({ values }: AcrAsked, amr: readonly string[] | undefined): string | undefined {
  const level = sessionLevel(amr)
  const asked = values.find(value => LEVEL_OF[value] !== undefined && reaches(level, LEVEL_OF[value]))
  return asked ?? (level ? OWN[level] : undefined)
}
