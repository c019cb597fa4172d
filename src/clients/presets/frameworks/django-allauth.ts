import type { ClientPreset } from '../client-preset.ts'
import { DJANGO_ROLES, djangoUrls } from '../shared/django.ts'

export const djangoAllauth: ClientPreset = {
  name: 'django-allauth',
  title: 'Django with django-allauth',
  kind: 'frameworks',
  aliases: ['django', 'allauth'],
  documentation: 'https://docs.allauth.org/en/latest/socialaccount/providers/openid_connect.html',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/accounts/oidc/gatehouse/login/callback/`] }),
  configuration: [
    {
      where: 'settings.py',
      language: 'python',
      text: value => `
        INSTALLED_APPS += [
            'allauth',
            'allauth.account',
            'allauth.socialaccount',
            'allauth.socialaccount.providers.openid_connect',
        ]
        MIDDLEWARE += ['allauth.account.middleware.AccountMiddleware']
        LOGIN_REDIRECT_URL = '/'
        SOCIALACCOUNT_ADAPTER = 'gatehouse.Adapter'
        SOCIALACCOUNT_PROVIDERS = {
            'openid_connect': {
                'OAUTH_PKCE_ENABLED': True,
                'SCOPE': [${value.scopeList}],
                'APPS': [
                    {
                        'provider_id': 'gatehouse',
                        'name': 'Gatehouse',
                        'client_id': ${value.clientId},
                        'secret': ${value.secret},
                        'settings': {'server_url': ${value.issuer}},
                    }
                ],
            }
        }
      `,
    },
    {
      where: 'gatehouse.py, next to manage.py',
      language: 'python',
      text: () => `
        from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
        from django.contrib.auth.models import Group


        class Adapter(DefaultSocialAccountAdapter):
            def pre_social_login(self, request, sociallogin):
                if sociallogin.is_existing:
                    update_groups(sociallogin)

            def save_user(self, request, sociallogin, form=None):
                user = super().save_user(request, sociallogin, form)
                update_groups(sociallogin)
                return user


        def update_groups(sociallogin):
            claims = sociallogin.account.get_provider_account().get_user_data()
            if sociallogin.account.provider == 'gatehouse' and 'roles' in claims:
                groups = [Group.objects.get_or_create(name=role)[0] for role in claims['roles']]
                sociallogin.user.groups.set(groups)
      `,
    },
    djangoUrls('accounts/', 'allauth.urls'),
  ],
  roles: `${DJANGO_ROLES} All claims are in \`SocialAccount.extra_data\`.`,
  signOut: 'Signing out of the application ends its own session. It receives no logout tokens.',
  pkce: { option: 'OAUTH_PKCE_ENABLED' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'Django does not know that people use https',
      remedy: 'Set `SECURE_PROXY_SSL_HEADER` behind a proxy.',
    },
    {
      symptom: '“Third-Party Login Failure”',
      cause: 'the state was lost with the session cookie, the person cancelled, or the exchange failed',
      remedy: 'Use one host name for the application, and look at the log of Gatehouse.',
    },
    {
      symptom: 'the application asks people to confirm their email',
      cause: 'their email is not verified here, or `ACCOUNT_EMAIL_VERIFICATION` is `mandatory`',
      remedy: 'Require it here: `gatehouse clients update ID --verified-email-required`.',
    },
  ],
  tested: { version: '65.22.1', how: 'as printed, in every run of the checks' },
}
