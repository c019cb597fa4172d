import type { ClientPreset } from '../client-preset.ts'

export const modAuthOpenidc: ClientPreset = {
  name: 'mod-auth-openidc',
  title: 'Apache with mod_auth_openidc',
  kind: 'proxies',
  aliases: ['apache', 'httpd', 'mod_auth_openidc'],
  documentation: 'https://github.com/OpenIDC/mod_auth_openidc/wiki',
  profile: 'web',
  url: { about: 'the address of the site, with the path that is protected', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oidc-callback`],
    postLogoutRedirectUris: [`${url}/`],
    backchannelLogoutUri: `${url}/oidc-callback?logout=backchannel`,
    backchannelLogoutSessionRequired: true,
  }),
  configuration: [
    {
      where: 'The virtual host in Apache',
      language: 'apache',
      text: (value, { path }) => `
        OIDCProviderMetadataURL ${value.discovery}
        OIDCClientID ${value.clientId}
        OIDCClientSecret ${value.secret}
        OIDCRedirectURI ${value.redirectUri}
        OIDCScope ${value.scopes}
        OIDCPKCEMethod S256
        OIDCRemoteUserClaim sub
        # Make your own: openssl rand -hex 32
        OIDCCryptoPassphrase ""

        <Location "${path}">
          AuthType openid-connect
          Require valid-user
          # Only people with a role: Require claim roles:staff
        </Location>
      `,
    },
    {
      where: 'The address of “Sign out” in your application',
      language: 'text',
      text: value => `${value.redirectUri}?logout=${encodeURIComponent(value.postLogoutRedirectUri)}`,
    },
  ],
  roles:
    '`Require claim roles:staff` admits people with the role `staff`. The application receives all roles in the header `OIDC_CLAIM_roles`, separated by commas.',
  signOut:
    'The address above signs out of the site and of Gatehouse, and comes back. Back-channel logout is registered: when a person signs out elsewhere, the module ends its session.',
  pkce: { option: 'OIDCPKCEMethod' },
  troubles: [
    {
      symptom: 'Apache does not start: “OIDCCryptoPassphrase” is missing',
      cause: 'the passphrase is empty',
      remedy: 'Make one with the command in the configuration.',
    },
    {
      symptom: '404 at the redirect URI',
      cause: 'it is outside of every `Location` with `AuthType openid-connect`',
      remedy: 'Protect a path that contains it, and let no file or other handler answer it.',
    },
    {
      symptom: 'people stay signed in after they signed out elsewhere',
      cause: 'Gatehouse can’t reach the site, or sessions are kept in cookies (`OIDCSessionType client-cookie`)',
      remedy: 'Allow the address with `OUTBOUND_ALLOW`, and keep the sessions on the server.',
    },
  ],
  tested: { version: '2.4.12', how: 'as printed, in every run of the checks' },
}
