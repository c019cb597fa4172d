import type { ClientPreset } from '../client-preset.ts'

export const authlibFlask: ClientPreset = {
  name: 'authlib-flask',
  title: 'Flask with Authlib',
  kind: 'frameworks',
  aliases: ['flask', 'authlib', 'fastapi', 'starlette'],
  documentation: 'https://docs.authlib.org/en/latest/client/flask.html',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/callback`], postLogoutRedirectUris: [`${url}/`] }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'python',
      text: value => `
        from authlib.integrations.flask_client import OAuth
        from flask import redirect, session

        oauth = OAuth(app)
        oauth.register(
            name='gatehouse',
            client_id=${value.clientId},
            client_secret=${value.secret},
            server_metadata_url=${value.discovery},
            client_kwargs={'scope': ${value.scopes}, 'code_challenge_method': 'S256'},
        )


        @app.route('/sign-in')
        def sign_in():
            return oauth.gatehouse.authorize_redirect(${value.redirectUri})


        @app.route('/callback')
        def callback():
            session['person'] = oauth.gatehouse.authorize_access_token()['userinfo']
            return redirect('/')


        @app.route('/sign-out', methods=['POST'])
        def sign_out():
            session.clear()
            return redirect(${value.signOutUri})
      `,
    },
  ],
  roles: "`session['person'].get('roles', [])` is a list.",
  signOut:
    '`/sign-out` ends the session, signs out of Gatehouse and comes back. For logout tokens, see [back-channel logout](../integrate.md#back-channel-logout).',
  pkce: { option: 'code_challenge_method' },
  troubles: [
    {
      symptom: '“mismatching_state: CSRF Warning!”',
      cause: 'the session cookie was lost between the two requests',
      remedy: 'Use one host name, a fixed `app.secret_key`, and `SameSite=Lax`.',
    },
    {
      symptom: '500 with `invalid_client` in the log',
      cause: 'the secret is wrong',
      remedy: 'Replace it: `gatehouse clients rotate-secret ID`.',
    },
  ],
  tested: { version: 'Authlib 1.9.10', how: 'as printed, in every run of the checks' },
}
