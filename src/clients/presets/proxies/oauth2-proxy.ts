import type { ClientPreset } from '../client-preset.ts'

export const oauth2Proxy: ClientPreset = {
  name: 'oauth2-proxy',
  title: 'OAuth2 Proxy',
  kind: 'proxies',
  aliases: ['oauth2_proxy', 'proxy'],
  documentation: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/providers/openid_connect',
  profile: 'web',
  url: { about: 'the address that people open, where the proxy listens', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth2/callback`],
    postLogoutRedirectUris: [`${url}/`],
  }),
  configuration: [
    {
      where: 'oauth2-proxy.cfg',
      language: 'toml',
      text: (value, { issuerHost }) => `
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

        # The application behind the proxy, and where the proxy itself listens.
        upstreams = ["http://127.0.0.1:8080/"]
        http_address = "127.0.0.1:4180"
        reverse_proxy = true

        # Make your own: openssl rand -base64 32 | tr -- '+/' '-_'
        cookie_secret = ""
      `,
    },
    {
      where: 'The address of “Sign out” in your application',
      language: 'text',
      text: (value, { url }) => `
        ${url}/oauth2/sign_out?rd=${encodeURIComponent(value.signOutUri)}
      `,
    },
  ],
  roles:
    '`oidc_groups_claim` reads the claim `roles`. `allowed_groups = ["staff"]` admits only people with one of these roles, and the application receives them in `X-Forwarded-Groups` (`pass_user_headers`) or `X-Auth-Request-Groups` (`set_xauthrequest`).',
  signOut:
    '`/oauth2/sign_out` removes only the cookie of the proxy. The address above signs out of Gatehouse too, and comes back. The proxy receives no logout tokens: a session at the proxy lasts until `cookie_expire`.',
  pkce: 'option',
  pkceOption: 'code_challenge_method',
  troubles: [
    {
      symptom: '500, “email in id_token (…) isn’t verified” in the log of the proxy',
      cause: 'the person has not verified their email',
      remedy: 'Require it: `gatehouse clients update ID --verified-email-required`.',
    },
    {
      symptom: '403 after signing in',
      cause: '`email_domains` or `allowed_groups` does not admit the person',
      remedy: 'Compare `allowed_groups` with `gatehouse roles list`.',
    },
    {
      symptom: 'the proxy does not start: “cookie_secret must be 16, 24, or 32 bytes”',
      cause: '`cookie_secret` is empty or has another length',
      remedy: 'Make one with the command in the configuration.',
    },
    {
      symptom: 'people are asked to sign in again and again',
      cause: 'the proxy is opened with plain http, where the browser does not send its secure cookie',
      remedy: 'Use https, or `cookie_secure = false` on your own machine.',
    },
  ],
  tested: null,
}
