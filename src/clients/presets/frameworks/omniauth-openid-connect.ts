import type { ClientPreset } from '../client-preset.ts'

export const omniauthOpenidConnect: ClientPreset = {
  name: 'omniauth-openid-connect',
  title: 'Rails with omniauth_openid_connect',
  kind: 'frameworks',
  aliases: ['rails', 'ruby', 'omniauth', 'devise'],
  documentation: 'https://github.com/omniauth/omniauth_openid_connect#readme',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/gatehouse/callback`],
    postLogoutRedirectUris: [`${url}/`],
  }),
  configuration: [
    {
      where: 'config/initializers/omniauth.rb',
      language: 'ruby',
      text: value => `
        Rails.application.config.middleware.use OmniAuth::Builder do
          provider :openid_connect, {
            name: :gatehouse,
            issuer: ${value.issuer},
            discovery: true,
            scope: [${value.scopeList}],
            response_type: :code,
            pkce: true,
            client_options: {
              identifier: ${value.clientId},
              secret: ${value.secret},
              redirect_uri: ${value.redirectUri}
            },
            post_logout_redirect_uri: ${value.postLogoutRedirectUri}
          }
        end
      `,
    },
  ],
  roles: "`request.env['omniauth.auth'].extra.raw_info['roles']` is an array, in the action of the callback.",
  signOut:
    '`/auth/gatehouse/logout` signs out of Gatehouse and comes back. End your own session first. It receives no logout tokens.',
  pkce: { option: 'pkce: true' },
  troubles: [
    {
      symptom: '“No route matches [GET] "/auth/gatehouse"”',
      cause: 'OmniAuth 2 accepts only POST here',
      remedy: 'Use `button_to`, with the gem omniauth-rails_csrf_protection.',
    },
    {
      symptom: "“Invalid 'state' parameter”",
      cause: 'the session cookie was lost',
      remedy: 'Use one host name for the application, and `same_site: :lax`.',
    },
    {
      symptom: 'discovery fails for `http://localhost`',
      cause: 'the gem below it expects https',
      remedy: 'Use `discovery: false` with the endpoints, on your own machine only.',
    },
  ],
  tested: null,
}
