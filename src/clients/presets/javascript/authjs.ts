import type { ClientPreset } from '../client-preset.ts'

export const authjs: ClientPreset = {
  name: 'authjs',
  title: 'Auth.js (NextAuth 5)',
  kind: 'javascript',
  aliases: ['auth.js', 'nextjs', 'next', 'next.js', 'sveltekit', '@auth/core'],
  documentation: 'https://authjs.dev/guides/configuring-oauth-providers',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    // Next.js, and the other frameworks.
    redirectUris: [`${url}/api/auth/callback/gatehouse`, `${url}/auth/callback/gatehouse`],
    postLogoutRedirectUris: [`${url}/`],
  }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        AUTH_URL=${value.url}
        AUTH_GATEHOUSE_ID=${value.clientId}
        AUTH_GATEHOUSE_SECRET=${value.secret}
        # Make your own: npx auth secret
        AUTH_SECRET=
      `,
    },
    {
      where: 'The file auth in the code of a Next.js application',
      language: 'ts',
      text: value => `
        import NextAuth from 'next-auth'

        export const { handlers, auth, signIn, signOut } = NextAuth({
          providers: [
            {
              id: 'gatehouse',
              name: 'Gatehouse',
              type: 'oidc',
              issuer: ${value.issuer},
              clientId: process.env.AUTH_GATEHOUSE_ID,
              clientSecret: process.env.AUTH_GATEHOUSE_SECRET,
              authorization: { params: { scope: ${value.scopes} } },
            },
          ],
          callbacks: {
            jwt: ({ token, profile }) => (profile ? { ...token, roles: profile.roles } : token),
            session: ({ session, token }) => ({ ...session, roles: token.roles }),
          },
        })
      `,
    },
  ],
  roles:
    'The two callbacks put the roles into the session: `(await auth())?.roles`. They are those of the last sign-in.',
  signOut:
    '`signOut` ends the session of the application. To sign out of Gatehouse too, redirect to its end session endpoint afterwards. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“/api/auth/error?error=Configuration”',
      cause: 'the log of the server has the reason, such as a wrong secret or a missing `AUTH_SECRET`',
      remedy: 'Set `debug: true`.',
    },
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the address of the application or the ID of the provider is another one',
      remedy: "Set `AUTH_URL`, and keep `id: 'gatehouse'`.",
    },
    {
      symptom: '“InvalidCheck: pkceCodeVerifier value could not be parsed”',
      cause: 'the cookie of the sign-in was lost, or `AUTH_SECRET` changed',
      remedy: 'Use one host name, and the same secret in every process.',
    },
  ],
  tested: { version: '@auth/core 0.41.3', how: 'as printed, in every run of the checks' },
}
