import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const jenkins: ClientPreset = {
  name: 'jenkins',
  title: 'Jenkins',
  kind: 'development',
  aliases: ['oic-auth', 'hudson'],
  documentation: 'https://plugins.jenkins.io/oic-auth/',
  profile: 'web',
  url: { about: 'the Jenkins URL of “System”', example: 'https://jenkins.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/securityRealm/finishLogin`],
    postLogoutRedirectUris: [`${url}/`],
  }),
  configuration: [
    {
      where: 'jenkins.yaml (Configuration as Code), with the plugin oic-auth',
      language: 'yaml',
      text: value => `
        jenkins:
          securityRealm:
            oic:
              clientId: ${value.clientId}
              clientSecret: ${value.secret}
              serverConfiguration:
                wellKnown:
                  wellKnownOpenIDConfigurationUrl: ${value.discovery}
                  scopesOverride: ${value.scopes}
              userNameField: preferred_username
              fullNameFieldName: name
              emailFieldName: email
              groupsFieldName: roles
              logoutFromOpenidProvider: true
              postLogoutRedirectUrl: ${value.postLogoutRedirectUri}
              properties:
                - "pkce"
      `,
    },
  ],
  roles: 'Each role is a group of Jenkins, which an authorization strategy such as “Matrix-based security” can name.',
  signOut:
    'With `logoutFromOpenidProvider`, signing out of Jenkins signs out of Gatehouse too, and comes back. It receives no logout tokens.',
  pkce: { option: '"pkce"' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the Jenkins URL under “System” is not the address that people open',
      remedy: 'Set it, and restart Jenkins.',
    },
    NO_USERNAME,
    {
      symptom:
        'Jenkins does not start: “No hudson.security.SecurityRealm implementation found”, or an unknown attribute',
      cause: 'the plugin is missing, or is older than these names',
      remedy: 'Update the plugin oic-auth, or enter the values under “Security”.',
    },
    {
      symptom: 'no one can administer Jenkins',
      cause: 'the authorization strategy names groups or people of the former realm',
      remedy: 'Configure the “escape hatch” of the plugin beforehand.',
    },
  ],
  tested: null,
}
