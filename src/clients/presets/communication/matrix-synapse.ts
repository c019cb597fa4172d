import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const matrixSynapse: ClientPreset = {
  name: 'matrix-synapse',
  title: 'Matrix Synapse',
  kind: 'communication',
  aliases: ['synapse', 'matrix', 'element'],
  documentation: 'https://element-hq.github.io/synapse/latest/openid.html',
  profile: 'web',
  url: { about: 'public_baseurl in homeserver.yaml', example: 'https://matrix.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/_synapse/client/oidc/callback`],
    backchannelLogoutUri: `${url}/_synapse/client/oidc/backchannel_logout`,
  }),
  configuration: [
    {
      where: 'homeserver.yaml',
      language: 'yaml',
      text: value => `
        public_baseurl: ${value.url}
        oidc_providers:
          - idp_id: gatehouse
            idp_name: Gatehouse
            issuer: ${value.issuer}
            client_id: ${value.clientId}
            client_secret: ${value.secret}
            scopes: [${value.scopeList}]
            backchannel_logout_enabled: true
            user_mapping_provider:
              config:
                localpart_template: "{{ user.preferred_username }}"
                display_name_template: "{{ user.name }}"
                email_template: "{{ user.email }}"
      `,
    },
  ],
  roles:
    '`attribute_requirements: [{ attribute: roles, value: staff }]` admits only people with a role. Synapse gives no rights by role.',
  signOut:
    'Signing out of a Matrix client ends its own session. Back-channel logout is registered: when a person signs out of Gatehouse, Synapse ends the sessions that began there.',
  pkce: 'default',
  troubles: [
    NO_USERNAME,
    {
      symptom: '“Mapping provider does not support de-duplicating Matrix IDs”',
      cause: 'another account of the server has this name already',
      remedy: 'Set `allow_existing_users: true` if it belongs to the same person, or change the username.',
    },
    {
      symptom: 'a logout token is answered with 400',
      cause: '`backchannel_logout_enabled` is missing, or the person signed in before it was set',
      remedy: 'Set it and sign in again.',
    },
  ],
  tested: null,
}
