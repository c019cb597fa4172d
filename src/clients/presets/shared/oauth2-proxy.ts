import type { Address } from '../address.ts'
import type { Literals, PlainValues } from '../values.ts'

/** What is registered for OAuth2 Proxy, which always answers at `/oauth2` of its host. */
export const oauth2ProxyRegistration = ({ url, origin }: Address) => ({
  redirectUris: [`${origin}/oauth2/callback`],
  postLogoutRedirectUris: [`${url}/`],
  verifiedEmailRequired: true,
})

/** Its configuration file. `upstream` is what it serves to people who are signed in. */
export function oauth2ProxyConfig(value: Literals, { issuerHost }: PlainValues, upstream: string): string {
  return `
        provider = "oidc"
        oidc_issuer_url = ${value.issuer}
        client_id = ${value.clientId}
        client_secret = ${value.secret}
        redirect_url = ${value.redirectUri}
        scope = ${value.scopes}
        code_challenge_method = "S256"
        oidc_groups_claim = "roles"
        email_domains = ["*"]
        whitelist_domains = ["${issuerHost}"]
        skip_provider_button = true
        reverse_proxy = true
        set_xauthrequest = true
        http_address = "127.0.0.1:4180"
        upstreams = ["${upstream}"]

        # Make your own: openssl rand -base64 32 | tr -- '+/' '-_'
        cookie_secret = ""
  `
}

/** Where a link of the application leads that signs out of the proxy and of Gatehouse. */
export const oauth2ProxySignOut = {
  where: 'The address of “Sign out” in your application',
  language: 'text',
  text: (value: Literals, { origin }: PlainValues) =>
    `${origin}/oauth2/sign_out?rd=${encodeURIComponent(value.signOutUri)}`,
} as const

export const OAUTH2_PROXY_SIGN_OUT =
  '`/oauth2/sign_out` removes only the cookie of the proxy. The address above signs out of Gatehouse too, and comes back. The proxy receives no logout tokens: a session at the proxy lasts until `cookie_expire`.'

export const OAUTH2_PROXY_TROUBLES = [
  {
    symptom: '403 after signing in',
    cause: '`email_domains` or `allowed_groups` does not admit the person',
    remedy: 'Compare `allowed_groups` with `gatehouse roles list`.',
  },
  {
    symptom: 'it does not start: “cookie_secret must be 16, 24, or 32 bytes”',
    cause: '`cookie_secret` is empty or has another length',
    remedy: 'Make one with the command in the configuration.',
  },
  {
    symptom: 'people are asked to sign in again and again',
    cause: 'it is opened with plain http, where the browser does not send its secure cookie',
    remedy: 'Use https, or `cookie_secure = false` on your own machine.',
  },
] as const
