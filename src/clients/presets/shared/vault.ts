import type { Literals, PlainValues } from '../values.ts'

/** What HashiCorp Vault and OpenBao, which began as its copy, have in common. */
export const vaultRegistration = ({ url }: { url: string }) => ({
  redirectUris: [`${url}/ui/vault/auth/oidc/oidc/callback`, 'http://localhost:8250/oidc/callback'],
})

export function vaultCommands(program: 'vault' | 'bao', value: Literals, { url }: PlainValues): string {
  return `
        ${program} auth enable oidc
        ${program} write auth/oidc/config \\
          oidc_discovery_url=${value.issuer} \\
          oidc_client_id=${value.clientId} \\
          oidc_client_secret=${value.secret} \\
          default_role=gatehouse
        ${program} write auth/oidc/role/gatehouse \\
          user_claim=sub \\
          groups_claim=roles \\
          oidc_scopes=profile,email,roles \\
          allowed_redirect_uris=${url}/ui/vault/auth/oidc/oidc/callback \\
          allowed_redirect_uris=http://localhost:8250/oidc/callback \\
          token_policies=default
  `
}

export const VAULT_ROLES =
  '`groups_claim` reads the claim `roles`. An external identity group with an alias of the name of a role, at the accessor of `auth/oidc`, gives its policies to everyone with this role. `bound_claims` of the role `gatehouse` admits only some.'

export const VAULT_SIGN_OUT =
  'Tokens end with their own lifetime (`token_ttl`), or when they are revoked. Signing out of Gatehouse does not end them.'

export const VAULT_TROUBLES = [
  {
    symptom: '“unauthorized redirect_uri”',
    cause: 'the address is not in `allowed_redirect_uris` of the role',
    remedy:
      'Add it there and with `gatehouse clients update ID --add-redirect-uri …`. A mount other than `oidc` changes it.',
  },
  {
    symptom: '“error checking oidc discovery URL”',
    cause: 'it can’t reach the issuer, or does not trust its certificate',
    remedy: 'Use exactly `PUBLIC_URL`, and set `oidc_discovery_ca_pem` for a private authority.',
  },
  {
    symptom: '“claim "roles" not found in token”',
    cause: '`oidc_scopes` does not contain `roles`',
    remedy: 'Write the role again as printed.',
  },
] as const
