import type { ClientPreset } from '../client-preset.ts'

export const nextAuth: ClientPreset = {
  name: 'next-auth',
  title: 'NextAuth 4',
  kind: 'javascript',
  aliases: ['nextauth', 'nextjs', 'next'],
  documentation: 'https://next-auth.js.org/configuration/providers/oauth',
  profile: 'web',
  url: { about: 'NEXTAUTH_URL', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/api/auth/callback/gatehouse`],
    postLogoutRedirectUris: [`${url}/`],
  }),
  configuration: [
    {
      where: 'The environment of the server',
      language: 'sh',
      text: value => `
        NEXTAUTH_URL=${value.url}
        GATEHOUSE_ID=${value.clientId}
        GATEHOUSE_SECRET=${value.secret}
        # Make your own: openssl rand -base64 32
        NEXTAUTH_SECRET=
      `,
    },
    {
      where: 'The options of NextAuth in the code of the application',
      language: 'ts',
      text: value => `
        export const options = {
          providers: [
            {
              id: 'gatehouse',
              name: 'Gatehouse',
              type: 'oauth',
              wellKnown: ${value.discovery},
              clientId: process.env.GATEHOUSE_ID,
              clientSecret: process.env.GATEHOUSE_SECRET,
              authorization: { params: { scope: ${value.scopes} } },
              idToken: true,
              checks: ['pkce', 'state'],
              profile: claims => ({ id: claims.sub, name: claims.name, email: claims.email }),
            },
          ],
          callbacks: {
            jwt: ({ token, profile }) => (profile ? { ...token, roles: profile.roles } : token),
            session: ({ session, token }) => ({ ...session, roles: token.roles }),
          },
        }
      `,
    },
  ],
  roles: 'The two callbacks put the roles into the session. They are those of the last sign-in.',
  signOut:
    '`signOut` ends the session of the application. To sign out of Gatehouse too, redirect to its end session endpoint afterwards. It receives no logout tokens.',
  pkce: { option: "checks: ['pkce', 'state']" },
  troubles: [
    {
      symptom: '“error=OAuthCallback” at the sign-in page',
      cause: 'the log of the server has the reason, such as a wrong secret',
      remedy: 'Set `debug: true`.',
    },
    {
      symptom: '“unexpected JWT alg received, expected RS256”',
      cause: 'the client is registered with another algorithm',
      remedy: 'Leave RS256: `gatehouse clients update ID --id-token-alg RS256`.',
    },
    {
      symptom: '“outgoing request timed out after 3500ms”',
      cause: 'the application can’t reach Gatehouse quickly enough at the first sign-in',
      remedy: 'Set `httpOptions: { timeout: 10000 }` for the provider.',
    },
  ],
  tested: { version: '4.24.15', how: 'as printed, in every run of the checks' },
}
