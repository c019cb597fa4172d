/**
 * How somebody has shown who they are, how sure that makes us, and how it is told: `amr` (RFC 8176) and three levels.
 */

/** `security-key`: a passkey that was touched but did not verify its user, and so is a second factor only. */
export type Method =
  | 'password'
  | 'mail'
  | 'upstream'
  | 'upstream-mfa'
  | 'totp'
  | 'recovery-code'
  | 'security-key'
  | 'passkey'
  | 'trusted-browser'

/** One factor, two factors, and two of which one cannot be phished. */
export type Level = '1fa' | '2fa' | 'phr'

/** A method that somebody has passed, in the words of RFC 8176. */
export interface Passed {
  method: Method
  amr: string[]
}

const LEVELS: readonly Level[] = ['1fa', '2fa', 'phr']

/** What says who somebody is; the others only say so once more. */
const FIRST: readonly Method[] = ['password', 'mail', 'upstream', 'upstream-mfa', 'passkey']

const SECOND: readonly Method[] = ['totp', 'recovery-code', 'upstream-mfa']

/** Null where nobody has shown who they are. */
export function levelOf(methods: ReadonlySet<Method>): Level | null {
  if (!FIRST.some(method => methods.has(method))) return null
  if (methods.has('passkey') || methods.has('security-key')) return 'phr'
  return SECOND.some(method => methods.has(method)) ? '2fa' : '1fa'
}

export function reaches(level: Level | null, wanted: Level): boolean {
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted)
}

/** The lowest of the levels. */
export function lowest(levels: readonly Level[]): Level {
  return LEVELS.find(level => levels.includes(level)) ?? '1fa'
}

/** `mfa` beside the methods wherever there were two factors. */
export function amrOf(passed: readonly Passed[]): string[] {
  const values = new Set(passed.flatMap(({ amr }) => amr))
  if (reaches(levelOf(methodsOf(passed)), '2fa')) values.add('mfa')
  return [...values]
}

export function methodsOf(passed: readonly Passed[]): Set<Method> {
  return new Set(passed.map(({ method }) => method))
}

/** What a session that was told of by these `amr` values has passed. */
export function passedBy(amr: readonly string[]): Passed[] {
  const has = (value: string) => amr.includes(value)
  const key = amr.filter(value => value === 'hwk' || value === 'swk')
  const passed: Passed[] = []
  if (has('pwd')) passed.push(PASSED.password)
  if (has('email')) passed.push(PASSED.mail)
  if (has('fed')) passed.push(has('mfa') && !has('otp') && key.length === 0 ? PASSED.upstreamMfa : PASSED.upstream)
  if (has('otp')) passed.push(PASSED.totp)
  if (has('rba')) passed.push(PASSED.trustedBrowser)
  if (key.length > 0) passed.push(has('user') ? PASSED.passkey(key[0]!) : PASSED.securityKey(key[0]!))
  return passed
}

/**
 * `email` and `fed` are no values of RFC 8176, which has none for them. `hwk`: the key cannot leave its device; `swk`: it
 * can, as synchronised passkeys do. `rba`: a browser that was trusted before spared the second factor.
 */
export const PASSED = {
  password: { method: 'password', amr: ['pwd'] },
  mail: { method: 'mail', amr: ['email'] },
  upstream: { method: 'upstream', amr: ['fed'] },
  upstreamMfa: { method: 'upstream-mfa', amr: ['fed', 'mfa'] },
  totp: { method: 'totp', amr: ['otp'] },
  recoveryCode: { method: 'recovery-code', amr: ['otp'] },
  trustedBrowser: { method: 'trusted-browser', amr: ['rba'] },
  passkey: (key: string): Passed => ({ method: 'passkey', amr: [key, 'user'] }),
  securityKey: (key: string): Passed => ({ method: 'security-key', amr: [key] }),
} satisfies Record<string, Passed | ((key: string) => Passed)>

/**
 * Whether a browser that is trusted can spare the second factor beside these. Not beside an email, or another provider's
 * word: who holds the browser often holds the mail that is open in it, and is signed in there.
 */
export function sparable(methods: ReadonlySet<Method>): boolean {
  return !methods.has('mail') && !methods.has('upstream')
}

/** Whether a passkey stays on its device or is synchronised: in the words of RFC 8176. */
export function keyKind({ backupEligible }: { backupEligible: boolean }): 'hwk' | 'swk' {
  return backupEligible ? 'swk' : 'hwk'
}
