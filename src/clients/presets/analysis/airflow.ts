import type { ClientPreset } from '../client-preset.ts'
import { flaskAppBuilder } from '../shared/flask-app-builder.ts'

export const airflow: ClientPreset = {
  name: 'airflow',
  title: 'Apache Airflow',
  kind: 'analysis',
  aliases: ['apache-airflow'],
  documentation:
    'https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/auth-manager/webserver-authentication.html',
  profile: 'web',
  url: { about: 'base_url in airflow.cfg', example: 'https://airflow.example.com' },
  registration: ({ url }) => ({
    // Version 3 and version 2.
    redirectUris: [`${url}/auth/oauth-authorized/gatehouse`, `${url}/oauth-authorized/gatehouse`],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'webserver_config.py, with the FAB auth manager',
      language: 'python',
      text: value => `
        from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
        from flask_appbuilder.security.manager import AUTH_OAUTH

        ${flaskAppBuilder(value, { manager: 'FabAirflowSecurityManagerOverride', admin: 'Admin', everyone: 'Viewer' })}
        SECURITY_MANAGER_CLASS = GatehouseSecurityManager
      `,
    },
  ],
  roles:
    '`AUTH_ROLES_MAPPING` maps the roles of Gatehouse to those of Airflow, at each sign-in. Who has no mapped role gets `AUTH_USER_REGISTRATION_ROLE`.',
  signOut: 'Signing out of Airflow ends its own session. It receives no logout tokens.',
  pkce: { option: 'code_challenge_method' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'Airflow does not know that it is behind a proxy with https',
      remedy: 'Set `enable_proxy_fix = True`, and let the proxy send `X-Forwarded-Proto`.',
    },
    {
      symptom: '“Invalid login. Please try again.”',
      cause: 'the log says why, such as a wrong secret or a missing claim',
      remedy: 'Set `logging_level = DEBUG` and `fab_logging_level = DEBUG`.',
    },
    {
      symptom: '“No module named authlib” at start',
      cause: 'the library for OAuth is not installed',
      remedy: 'Install `Authlib` into the environment of the web server.',
    },
  ],
  tested: null,
}
