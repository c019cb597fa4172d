import { type ClientPreset, NO_USERNAME, OLDER_VERSION } from '../client-preset.ts'

export const harbor: ClientPreset = {
  name: 'harbor',
  title: 'Harbor',
  kind: 'infrastructure',
  aliases: ['goharbor', 'registry'],
  documentation: 'https://goharbor.io/docs/latest/administration/configure-authentication/oidc-auth/',
  profile: 'web',
  url: { about: 'external_url in harbor.yml', example: 'https://harbor.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/c/oidc/callback`],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
  }),
  configuration: [
    {
      where: 'Administration, Configuration, Authentication',
      language: 'text',
      text: value => `
        Auth Mode: OIDC
        OIDC Provider Name: Gatehouse
        OIDC Endpoint: ${value.issuer}
        OIDC Client ID: ${value.clientId}
        OIDC Client Secret: ${value.secret}
        Group Claim Name: roles
        OIDC Admin Group: superuser
        OIDC Scope: ${value.scopes.replaceAll(' ', ',')}
        Verify Certificate: on
        Automatic onboarding: on
        Username Claim: preferred_username
      `,
    },
  ],
  roles:
    'Each role becomes an OIDC group of Harbor, which can be a member of projects. People with the role of “OIDC Admin Group” become administrators.',
  signOut:
    'Signing out of Harbor ends its own session. The secret for `docker login` works as long as the refresh token: until the person signs out everywhere or is suspended.',
  pkce: 'default',
  troubles: [
    OLDER_VERSION,
    NO_USERNAME,
    {
      symptom: 'the authentication mode can’t be changed',
      cause: 'Harbor has accounts besides `admin` already',
      remedy: 'Remove them first.',
    },
    {
      symptom: '`docker login` fails after some time',
      cause: 'the scope `offline_access` is missing, or the refresh token has ended',
      remedy: 'Sign in to Harbor again in the browser, and keep the scope.',
    },
  ],
  tested: null,
}
