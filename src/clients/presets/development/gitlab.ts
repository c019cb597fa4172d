import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const gitlab: ClientPreset = {
  name: 'gitlab',
  title: 'GitLab',
  kind: 'development',
  aliases: ['gitlab-ce', 'gitlab-ee'],
  documentation: 'https://docs.gitlab.com/administration/auth/oidc/',
  profile: 'web',
  url: { about: 'external_url in gitlab.rb', example: 'https://gitlab.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/users/auth/openid_connect/callback`] }),
  configuration: [
    {
      where: '/etc/gitlab/gitlab.rb, followed by gitlab-ctl reconfigure',
      language: 'ruby',
      text: value => `
        gitlab_rails['omniauth_enabled'] = true
        gitlab_rails['omniauth_allow_single_sign_on'] = ['openid_connect']
        gitlab_rails['omniauth_block_auto_created_users'] = false
        gitlab_rails['omniauth_providers'] = [
          {
            name: 'openid_connect',
            label: 'Gatehouse',
            args: {
              name: 'openid_connect',
              issuer: ${value.issuer},
              discovery: true,
              scope: [${value.scopeList}],
              response_type: 'code',
              client_auth_method: 'query',
              uid_field: 'sub',
              pkce: true,
              client_options: {
                identifier: ${value.clientId},
                secret: ${value.secret},
                redirect_uri: ${value.redirectUri}
              }
            }
          }
        ]
      `,
    },
  ],
  roles:
    "The paid editions read groups: `gitlab: { groups_attribute: 'roles', required_groups: ['staff'], admin_groups: ['superuser'] }` in `client_options`. The free edition reads none.",
  signOut: 'Signing out of GitLab ends its own session. It receives no logout tokens.',
  pkce: { option: 'pkce: true' },
  troubles: [
    NO_USERNAME,
    {
      symptom: '“Email has already been taken”',
      cause: 'an account with this email exists already',
      remedy:
        "The person signs in to it and connects it in the profile. `omniauth_auto_link_user = ['openid_connect']` does it by email, which is only safe if every email is verified.",
    },
    {
      symptom: '“Could not authenticate you from OpenIDConnect because …”',
      cause: 'the rest of the sentence says it, such as a wrong secret or an issuer that is not exactly `PUBLIC_URL`',
      remedy: 'Run `gitlab-ctl tail gitlab-rails`.',
    },
  ],
  tested: null,
}
