/**
 * The methods by which a person authenticates, the assurance level that they reach, and the `amr` values (RFC 8176)
 * that report them.
 */

/** `security-key`: a passkey that was touched but did not verify its user, so it is only a second factor. */
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

/** One factor; two factors; two factors, one of them resistant to phishing. */
export type Level = '1fa' | '2fa' | 'phr'

/** A method that the person has passed, with its `amr` values. */
export interface Passed {
  method: Method
  amr: string[]
}

const LEVELS: readonly Level[] = ['1fa', '2fa', 'phr']

/** The methods that identify a person by themselves. The others only add to one of these. */
const FIRST: readonly Method[] = ['password', 'mail', 'upstream', 'upstream-mfa', 'passkey']

const SECOND: readonly Method[] = ['totp', 'recovery-code', 'upstream-mfa']

/** Null if no method identifies the person. */
export function levelOf(methods: ReadonlySet<Method>): Level | null {
  if (!FIRST.some(method => methods.has(method))) return null
  if (methods.has('passkey') || methods.has('security-key')) return 'phr'
  return SECOND.some(method => methods.has(method)) ? '2fa' : '1fa'
}

export function reaches(level: Level | null, wanted: Level): boolean {
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted)
}

export function lowest(levels: readonly Level[]): Level {
  return LEVELS.find(level => levels.includes(level)) ?? '1fa'
}

/** The `amr` claim: the values of all methods, and `mfa` if there were two factors. */
export function amrOf(passed: readonly Passed[]): string[] {
  const values = new Set(passed.flatMap(({ amr }) => amr))
  if (reaches(levelOf(methodsOf(passed)), '2fa')) values.add('mfa')
  return [...values]
}

export function methodsOf(passed: readonly Passed[]): Set<Method> {
  return new Set(passed.map(({ method }) => method))
}

/** The methods behind the `amr` values of an existing session. */
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
 * RFC 8176 has no values for an email or an upstream provider, so `email` and `fed` are ours.
 * `hwk`: the key cannot leave its device. `swk`: it can, as in synced passkeys.
 * `rba`: a trusted browser replaced the second factor.
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
 * Whether a trusted browser can replace the second factor after these methods. It cannot after an email or an upstream
 * sign-in: anyone who holds the browser often finds the mailbox open and the provider signed in there.
 */
export function sparable(methods: ReadonlySet<Method>): boolean {
  return !methods.has('mail') && !methods.has('upstream')
}

/** The `amr` value for the key of a passkey: `swk` if it can be synced, `hwk` if it stays on its device. */
export function keyKind({ backupEligible }: { backupEligible: boolean }): 'hwk' | 'swk' {
  return backupEligible ? 'swk' : 'hwk'
}
