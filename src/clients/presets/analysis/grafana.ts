import type { ClientPreset } from '../client-preset.ts'

export const grafana: ClientPreset = {
  name: 'grafana',
  title: 'Grafana',
  kind: 'analysis',
  aliases: [],
  documentation:
    'https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/generic-oauth/',
  profile: 'web',
  url: { about: 'root_url in grafana.ini', example: 'https://grafana.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/login/generic_oauth`],
    postLogoutRedirectUris: [`${url}/login`],
  }),
  configuration: [
    {
      where: 'grafana.ini',
      language: 'ini',
      text: value => `
        [server]
        root_url = ${value.url}/

        [auth.generic_oauth]
        enabled = true
        name = Gatehouse
        client_id = ${value.clientId}
        client_secret = ${value.secret}
        scopes = ${value.scopes}
        auth_url = ${value.authorizationEndpoint}
        token_url = ${value.tokenEndpoint}
        api_url = ${value.userinfoEndpoint}
        use_pkce = true
        login_attribute_path = preferred_username || email
        name_attribute_path = name
        email_attribute_path = email
        role_attribute_path = contains(roles[*], 'superuser') && 'Admin' || contains(roles[*], 'editor') && 'Editor' || 'Viewer'
        signout_redirect_url = ${value.signOutUri}
      `,
    },
  ],
  roles:
    '`role_attribute_path` is a JMESPath expression over the claims, evaluated at each sign-in; here `superuser` becomes Admin, `editor` Editor, and everyone else Viewer. For server administrators it returns `GrafanaAdmin`, with `allow_assign_grafana_admin = true`.',
  signOut:
    'With `signout_redirect_url`, signing out of Grafana signs out of Gatehouse too. Grafana receives no logout tokens.',
  pkce: { option: 'use_pkce' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http://localhost:3000` in it',
      cause: '`root_url` is not set',
      remedy: 'Set `root_url` to the address that people open.',
    },
    {
      symptom: '“User sync failed”',
      cause: 'an account with the same email or login was created in another way',
      remedy:
        'Remove it, or let Grafana match by email: `oauth_allow_insecure_email_lookup = true` in `[auth]`, only if every email is verified.',
    },
    {
      symptom: 'everyone is a Viewer',
      cause: 'no role of the person is named in `role_attribute_path`',
      remedy: 'Compare it with `gatehouse roles list`; `level = debug` in `[log]` shows the claims.',
    },
  ],
  tested: null,
}
