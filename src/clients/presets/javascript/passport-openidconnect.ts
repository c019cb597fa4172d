import type { ClientPreset } from '../client-preset.ts'

export const passportOpenidconnect: ClientPreset = {
  name: 'passport-openidconnect',
  title: 'passport-openidconnect',
  kind: 'javascript',
  aliases: ['passport', 'passportjs'],
  documentation: 'https://www.passportjs.org/packages/passport-openidconnect/',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth2/redirect`],
    postLogoutRedirectUris: [`${url}/`],
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'js',
      text: value => `
        import OpenIDConnectStrategy from 'passport-openidconnect'

        passport.use(
          new OpenIDConnectStrategy(
            {
              issuer: ${value.issuer},
              authorizationURL: ${value.authorizationEndpoint},
              tokenURL: ${value.tokenEndpoint},
              userInfoURL: ${value.userinfoEndpoint},
              clientID: ${value.clientId},
              clientSecret: ${value.secret},
              callbackURL: ${value.redirectUri},
              scope: ['profile', 'email', 'roles'],
            },
            (issuer, profile, idProfile, context, idToken, accessToken, refreshToken, parameters, done) =>
              done(null, { id: profile.id, name: profile.displayName, roles: profile._json.roles }),
          ),
        )

        app.get('/sign-in', passport.authenticate('openidconnect'))
        app.get('/oauth2/redirect', passport.authenticate('openidconnect', { successRedirect: '/', failureRedirect: '/sign-in' }))
      `,
    },
  ],
  roles:
    '`profile._json` has all claims, among them `roles`. The library fills it only for a function with nine parameters, as above.',
  signOut:
    '`req.logout()` ends the session of the application. To sign out of Gatehouse too, redirect to its end session endpoint afterwards. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: '“ID token not issued by expected OpenID provider”',
      cause: 'the issuer is not exactly `PUBLIC_URL`',
      remedy: 'Use it as printed, without a slash at the end.',
    },
    {
      symptom: '“Unable to verify authorization request state”',
      cause: 'the session cookie was lost',
      remedy: "Use one host name for the application, and `sameSite: 'lax'`.",
    },
    {
      symptom: '500 at the callback',
      cause: 'the token endpoint refused the secret',
      remedy: 'Replace it: `gatehouse clients rotate-secret ID`.',
    },
  ],
  tested: { version: '0.1.2', how: 'as printed, in every run of the checks' },
}
