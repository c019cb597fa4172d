import type { ClientPreset } from '../client-preset.ts'
import { DJANGO_ROLES, djangoUrls } from '../shared/django.ts'

export const mozillaDjangoOidc: ClientPreset = {
  name: 'mozilla-django-oidc',
  title: 'Django with mozilla-django-oidc',
  kind: 'frameworks',
  aliases: ['mozilla', 'django'],
  documentation: 'https://mozilla-django-oidc.readthedocs.io/en/stable/installation.html',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oidc/callback/`],
    postLogoutRedirectUris: [`${url}/`],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'settings.py',
      language: 'python',
      text: value => `
        INSTALLED_APPS += ['mozilla_django_oidc']
        AUTHENTICATION_BACKENDS = ['gatehouse.Backend', 'django.contrib.auth.backends.ModelBackend']
        OIDC_RP_CLIENT_ID = ${value.clientId}
        OIDC_RP_CLIENT_SECRET = ${value.secret}
        OIDC_RP_SCOPES = ${value.scopes}
        OIDC_RP_SIGN_ALGO = 'RS256'
        OIDC_USE_PKCE = True
        OIDC_OP_AUTHORIZATION_ENDPOINT = ${value.authorizationEndpoint}
        OIDC_OP_TOKEN_ENDPOINT = ${value.tokenEndpoint}
        OIDC_OP_USER_ENDPOINT = ${value.userinfoEndpoint}
        OIDC_OP_JWKS_ENDPOINT = ${value.jwksUri}
        LOGIN_REDIRECT_URL = '/'
        LOGOUT_REDIRECT_URL = ${value.signOutUri}
      `,
    },
    {
      where: 'gatehouse.py, next to manage.py',
      language: 'python',
      text: () => `
        from django.contrib.auth.models import Group
        from mozilla_django_oidc.auth import OIDCAuthenticationBackend


        class Backend(OIDCAuthenticationBackend):
            def create_user(self, claims):
                return self.update_user(super().create_user(claims), claims)

            def update_user(self, user, claims):
                if 'roles' in claims:
                    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in claims['roles']])
                return user
      `,
    },
    djangoUrls('oidc/', 'mozilla_django_oidc.urls'),
  ],
  roles: `${DJANGO_ROLES} To refuse people without a role, override \`verify_claims\` too, which has to call the original as well.`,
  signOut:
    'A POST to `oidc_logout` ends the session and continues at `LOGOUT_REDIRECT_URL`, which signs out of Gatehouse too and comes back. It receives no logout tokens.',
  pkce: { option: 'OIDC_USE_PKCE' },
  troubles: [
    {
      symptom: 'back at the home page without being signed in, without a message',
      cause: 'the ID token or the claims were refused; the log has a warning',
      remedy:
        'Switch on the logger `mozilla_django_oidc`. `OIDC_RP_SIGN_ALGO` must be the algorithm of the client, RS256.',
    },
    {
      symptom: '400 “OIDC callback state not found in session”',
      cause: 'the session cookie was lost',
      remedy: 'Use one host name for the application, and `SameSite=Lax`.',
    },
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'Django does not know that people use https',
      remedy: 'Set `SECURE_PROXY_SSL_HEADER` behind a proxy.',
    },
  ],
  tested: { version: '5.0.2', how: 'as printed, in every run of the checks' },
}
