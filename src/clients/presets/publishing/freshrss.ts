import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const freshrss: ClientPreset = {
  name: 'freshrss',
  title: 'FreshRSS',
  kind: 'publishing',
  aliases: ['rss'],
  documentation: 'https://freshrss.github.io/FreshRSS/en/admins/16_OpenID-Connect.html',
  profile: 'web',
  url: { about: 'the address that people open', example: 'https://rss.example.com' },
  registration: ({ url, origin }) => ({
    redirectUris: [`${url}/i/oidc/`, `${withPort(origin)}${url.slice(origin.length)}/i/oidc/`],
  }),
  configuration: [
    {
      where: 'The environment of the container',
      language: 'sh',
      text: value => `
        OIDC_ENABLED=1
        OIDC_PROVIDER_METADATA_URL=${value.discovery}
        OIDC_CLIENT_ID=${value.clientId}
        OIDC_CLIENT_SECRET=${value.secret}
        OIDC_REMOTE_USER_CLAIM=preferred_username
        OIDC_SCOPES=${value.scopes}
        OIDC_X_FORWARDED_HEADERS='X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto'
        # Make your own: openssl rand -hex 32
        OIDC_CLIENT_CRYPTO_KEY=
      `,
    },
  ],
  roles: 'FreshRSS reads no roles.',
  signOut: 'Signing out of FreshRSS ends its own session.',
  pkce: 'nonce',
  troubles: [
    NO_USERNAME,
    {
      symptom: 'the page about `redirect_uri`, with another port in it',
      cause: 'FreshRSS always sends the port; the proxy does not tell it the right one',
      remedy: 'Let the proxy send `X-Forwarded-Port`, `X-Forwarded-Host` and `X-Forwarded-Proto`.',
    },
    {
      symptom: 'the sign-in page of FreshRSS appears after signing in',
      cause: 'its authentication method is not HTTP',
      remedy: 'Choose “HTTP” under “Authentication”, or set `FRESHRSS_INSTALL` accordingly before the first start.',
    },
  ],
  tested: null,
}

/** FreshRSS names the port in its redirect URI even where it is the usual one. */
function withPort(origin: string): string {
  const { port, protocol } = new URL(origin)
  return port ? origin : `${origin}:${protocol === 'https:' ? 443 : 80}`
}
