import type { ClientPreset } from '../client-preset.ts'
import { flaskAppBuilder } from '../shared/flask-app-builder.ts'

export const superset: ClientPreset = {
  name: 'superset',
  title: 'Apache Superset',
  kind: 'analysis',
  aliases: ['apache-superset'],
  documentation: 'https://superset.apache.org/docs/configuration/configuring-superset#custom-oauth2-configuration',
  profile: 'web',
  url: { about: 'the address that people open', example: 'https://superset.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth-authorized/gatehouse`],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'superset_config.py',
      language: 'python',
      text: value => `
        from flask_appbuilder.security.manager import AUTH_OAUTH
        from superset.security import SupersetSecurityManager

        ${flaskAppBuilder(value, { manager: 'SupersetSecurityManager', admin: 'Admin', everyone: 'Gamma' })}
        CUSTOM_SECURITY_MANAGER = GatehouseSecurityManager
        ENABLE_PROXY_FIX = True
      `,
    },
  ],
  roles:
    '`AUTH_ROLES_MAPPING` maps the roles of Gatehouse to those of Superset, at each sign-in. Who has no mapped role gets `AUTH_USER_REGISTRATION_ROLE`.',
  signOut: 'Signing out of Superset ends its own session. It receives no logout tokens.',
  pkce: { option: 'code_challenge_method' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'the proxy does not say that people use https',
      remedy: 'Let it send `X-Forwarded-Proto`, which `ENABLE_PROXY_FIX` reads.',
    },
    {
      symptom: '“The request to sign in was denied.” or “Invalid login. Please try again.”',
      cause: 'the log says why, such as a wrong secret or a missing claim',
      remedy: 'Set the logging level of `flask_appbuilder` to `DEBUG`.',
    },
    {
      symptom: '“No module named authlib” at start',
      cause: 'the library for OAuth is not installed',
      remedy: 'Install `Authlib` into the environment of Superset.',
    },
  ],
  tested: null,
}
