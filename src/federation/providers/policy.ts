/** What an upstream provider may decide here. */
export interface ProviderPolicy {
  /** Whether people without an account get one by signing in through it; null: as REGISTRATION says. */
  registration: boolean | null
  /** Only people with a vouched address at one of these; empty: everybody. A `login_hint` at one leads straight there. */
  domains: string[]
  /** Whether somebody may connect it to an account that has their address while they sign in; else on the account page only. */
  linking: boolean
  /** Roles that people get beside `subscriber` when it makes an account for them. */
  roles: string[]
  /** At every sign-in: of the roles named here those that its claim gives, and no others. */
  roleMapping: { claim: string; roles: Record<string, string[]> } | null
  /** When it fills in the profile: once, when it makes the account, or at every sign-in. */
  profile: 'once' | 'always'
  /** Values of its `amr` (RFC 8176) and `acr` that count as a second factor here. */
  trustedAmr: string[]
  trustedAcr: string[]
  /** Whether the tokens it gives are kept, sealed, for applications that may have them. */
  keepTokens: boolean
  /** Whether whoever signs out here is signed out there too. */
  signOut: boolean
}

export const DEFAULT_POLICY: ProviderPolicy = {
  registration: null,
  domains: [],
  linking: true,
  roles: [],
  roleMapping: null,
  profile: 'once',
  trustedAmr: [],
  trustedAcr: [],
  keepTokens: false,
  signOut: false,
}
