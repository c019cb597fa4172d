const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env

export const options = {
  providers: [
    {
      id: 'gatehouse',
      name: 'Gatehouse',
      type: 'oauth',
      wellKnown: `${ISSUER}/.well-known/openid-configuration`,
      authorization: { params: { scope: 'openid email profile roles' } },
      idToken: true,
      checks: ['pkce', 'state'],
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      profile: ({ sub, name, email, roles }) => ({ id: sub, name, email, roles }),
    },
  ],
  callbacks: {
    jwt: ({ token, user, account }) => (user ? { ...token, roles: user.roles, idToken: account.id_token } : token),
    session: ({ session, token }) => ({ ...session, roles: token.roles, idToken: token.idToken }),
  },
}
