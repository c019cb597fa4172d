/**
 * The methods by which a person authenticates, the assurance level that they reach, and the `amr` values (RFC 8176)
 * that report them.
 */

/** `security-key`: a passkey that was touched but did not verify its user, so it is only a second factor. */
export type MethodName =
  | 'password'
  | 'email'
  | 'upstream'
  | 'upstream-mfa'
  | 'totp'
  | 'recovery-code'
  | 'security-key'
  | 'passkey'
  | 'trusted-browser'

/** One factor; two factors; two factors, one of them resistant to phishing. */
const LEVELS = ['1fa', '2fa', 'phr'] as const

export type Level = (typeof LEVELS)[number]

/** A method that the person has passed, with its `amr` values. */
export interface AuthenticationMethod {
  name: MethodName
  amr: string[]
}

/** The methods that identify a person by themselves. The others only add to one of these. */
const FIRST: readonly MethodName[] = ['password', 'email', 'upstream', 'upstream-mfa', 'passkey']

const SECOND: readonly MethodName[] = ['totp', 'recovery-code', 'upstream-mfa']

/** Null if no method identifies the person. */
export function levelOf(methods: ReadonlySet<MethodName>): Level | null {
  if (!FIRST.some(method => methods.has(method))) return null
  if (methods.has('passkey') || methods.has('security-key')) return 'phr'
  return SECOND.some(method => methods.has(method)) ? '2fa' : '1fa'
}

export function reaches(level: Level | null, wanted: Level): boolean {
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted)
}

export function lowestLevel(levels: readonly Level[]): Level {
  return LEVELS.find(level => levels.includes(level)) ?? '1fa'
}

/** The `amr` claim: the values of all methods, and `mfa` if there were two factors. */
export function amrOf(passed: readonly AuthenticationMethod[]): string[] {
  const values = new Set(passed.flatMap(({ amr }) => amr))
  if (reaches(levelOf(methodNames(passed)), '2fa')) values.add('mfa')
  return [...values]
}

export function methodNames(passed: readonly AuthenticationMethod[]): Set<MethodName> {
  return new Set(passed.map(({ name: method }) => method))
}

/** The methods behind the `amr` values of an existing session. */
export function methodsFromAmr(amr: readonly string[] = []): AuthenticationMethod[] {
  const has = (value: string) => amr.includes(value)
  const key = amr.filter(value => value === 'hwk' || value === 'swk')
  const passed: AuthenticationMethod[] = []
  if (has('pwd')) passed.push(METHODS.password)
  if (has('email')) passed.push(METHODS.email)
  if (has('fed')) passed.push(has('mfa') && !has('otp') && key.length === 0 ? METHODS.upstreamMfa : METHODS.upstream)
  if (has('otp')) passed.push(METHODS.totp)
  if (has('rba')) passed.push(METHODS.trustedBrowser)
  if (key.length > 0) passed.push(has('user') ? METHODS.passkey(key[0]!) : METHODS.securityKey(key[0]!))
  return passed
}

/**
 * RFC 8176 has no values for an email or an upstream provider, so `email` and `fed` are ours.
 * `hwk`: the key cannot leave its device. `swk`: it can, as in synced passkeys.
 * `rba`: a trusted browser replaced the second factor.
 */
export const METHODS = {
  password: { name: 'password', amr: ['pwd'] },
  email: { name: 'email', amr: ['email'] },
  upstream: { name: 'upstream', amr: ['fed'] },
  upstreamMfa: { name: 'upstream-mfa', amr: ['fed', 'mfa'] },
  totp: { name: 'totp', amr: ['otp'] },
  recoveryCode: { name: 'recovery-code', amr: ['otp'] },
  trustedBrowser: { name: 'trusted-browser', amr: ['rba'] },
  passkey: (key: string): AuthenticationMethod => ({ name: 'passkey', amr: [key, 'user'] }),
  securityKey: (key: string): AuthenticationMethod => ({ name: 'security-key', amr: [key] }),
} satisfies Record<string, AuthenticationMethod | ((key: string) => AuthenticationMethod)>

/**
 * Whether a trusted browser can replace the second factor after these methods. It cannot after an email or an upstream
 * sign-in: anyone who holds the browser often finds the mailbox open and the provider signed in there.
 */
export function allowsTrustedBrowser(methods: ReadonlySet<MethodName>): boolean {
  return !methods.has('email') && !methods.has('upstream')
}

/** The `amr` value for the key of a passkey: `swk` if it can be synced, `hwk` if it stays on its device. */
export function keyAmr({ backupEligible }: { backupEligible: boolean }): 'hwk' | 'swk' {
  return backupEligible ? 'swk' : 'hwk'
}
