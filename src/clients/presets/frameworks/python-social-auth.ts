import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'
import { DJANGO_ROLES, djangoUrls } from '../shared/django.ts'

export const pythonSocialAuth: ClientPreset = {
  name: 'python-social-auth',
  title: 'Django with Python Social Auth',
  kind: 'frameworks',
  aliases: ['social-auth', 'social-auth-app-django', 'django'],
  documentation: 'https://python-social-auth.readthedocs.io/en/latest/backends/oidc.html',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/complete/oidc/`] }),
  configuration: [
    {
      where: 'settings.py',
      language: 'python',
      text: value => `
        from social_core.pipeline import DEFAULT_AUTH_PIPELINE

        INSTALLED_APPS += ['social_django']
        AUTHENTICATION_BACKENDS = [
            'social_core.backends.open_id_connect.OpenIdConnectAuth',
            'django.contrib.auth.backends.ModelBackend',
        ]
        SOCIAL_AUTH_PIPELINE = [*DEFAULT_AUTH_PIPELINE, 'gatehouse.update_groups']
        SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = ${value.issuer}
        SOCIAL_AUTH_OIDC_KEY = ${value.clientId}
        SOCIAL_AUTH_OIDC_SECRET = ${value.secret}
        SOCIAL_AUTH_OIDC_SCOPE = ['roles']
        SOCIAL_AUTH_OIDC_USE_PKCE = True
        LOGIN_REDIRECT_URL = '/'
      `,
    },
    {
      where: 'gatehouse.py, next to manage.py',
      language: 'python',
      text: () => `
        from django.contrib.auth.models import Group


        def update_groups(backend, user, response, **kwargs):
            if backend.name == 'oidc' and 'roles' in response:
                user.groups.set([Group.objects.get_or_create(name=role)[0] for role in response['roles']])
      `,
    },
    djangoUrls('', 'social_django.urls'),
  ],
  roles: `${DJANGO_ROLES} All claims are in \`response\` of the pipeline.`,
  signOut: 'Signing out of the application ends its own session. It receives no logout tokens.',
  pkce: { option: 'SOCIAL_AUTH_OIDC_USE_PKCE' },
  troubles: [
    NO_USERNAME,
    {
      symptom: '“Token error: Signature verification failed”',
      cause: 'the ID token has another algorithm than RS256',
      remedy: 'Set `SOCIAL_AUTH_OIDC_JWT_ALGORITHMS`, or leave RS256 for the client.',
    },
    {
      symptom: '“AuthStateMissing” or “Session value state missing”',
      cause: 'the session cookie was lost',
      remedy: 'Use one host name for the application, and `SameSite=Lax`.',
    },
  ],
  tested: { version: 'social-auth-core 7.0.0', how: 'as printed, in every run of the checks' },
}
