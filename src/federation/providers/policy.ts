import { z } from 'zod'

const text = z.string().trim().min(1).max(200)

/** Only operators can assign this role, never a provider. */
const NEVER_MAPPED = 'superuser'
const role = text.refine(name => name !== NEVER_MAPPED, `${NEVER_MAPPED} can't be given by a provider`)

/** What an upstream provider may decide here. */
export const policySchema = z.strictObject({
  /** Whether people without an account get one when they sign in with it; null: as REGISTRATION says. */
  registration: z.boolean().nullable().default(null),
  /** Only people with a verified email at one of these; empty: everyone. A `login_hint` at one skips the sign-in page. */
  domains: z
    .array(z.string().regex(/^([a-z0-9-]+\.)+[a-z0-9-]{2,}$/, 'must be a domain such as example.com'))
    .max(100)
    .default([]),
  /** Whether an account with the person's email can be connected while they sign in, or only on the account page. */
  linking: z.boolean().default(true),
  /** Roles of new accounts, in addition to `subscriber`. */
  roles: z.array(role).max(50).default([]),
  /** At every sign-in: of the roles named here, the person gets those that the claim contains, and loses the others. */
  roleMapping: z
    .strictObject({ claim: text, roles: z.record(text, z.array(role).min(1)) })
    .nullable()
    .default(null),
  /** When it fills in the profile: when the account is created, or at every sign-in. */
  profile: z.enum(['once', 'always']).default('once'),
  /** Values of its `amr` (RFC 8176) and `acr` that count as a second factor here. */
  trustedAmr: z.array(text).max(50).default([]),
  trustedAcr: z.array(text).max(50).default([]),
  /** Whether its tokens are kept, sealed, for applications with the scope `upstream_tokens`. */
  keepTokens: z.boolean().default(false),
  /** Whether people who sign out here are signed out there too. */
  signOut: z.boolean().default(false),
})
export type ProviderPolicy = z.output<typeof policySchema>
