import type { App } from '../../app.ts'
import { NotFound } from '../../base/refusals.ts'
import { UPSTREAM_TOKENS_SCOPE } from '../../clients/scopes.ts'
import type { IdentityLink } from '../../federation/identity-link.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** Accounts at other providers through which the person signs in. Connecting one takes a browser, and the account pages. */
export function identityRoutes({ identityLinks, linking }: App): Route[] {
  const described = (link: IdentityLink) => {
    const { id, provider, title, email, createdAt, lastUsedAt } = link.summary()
    return {
      id,
      provider,
      title,
      email,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
    }
  }

  return [
    route({
      method: 'get',
      path: '/me/identities',
      name: 'listIdentities',
      summary: 'The accounts at other providers through which the person signs in',
      answer: answers.Identities,
      handle: async ({ person }) => ({ identities: (await identityLinks.of(person.id)).map(described) }),
    }),
    route({
      method: 'delete',
      path: '/me/identities/:id',
      name: 'removeIdentity',
      summary: 'Disconnects an account at another provider',
      description: 'A letter tells of it. The last way in stays: 403, `last_way_in`.',
      recent: true,
      refuses: [404],
      handle: async ({ account, params, by }) => linking.disconnect(await account(), params.id ?? '', { by }),
    }),
    route({
      method: 'get',
      path: '/me/identities/:id/tokens',
      name: 'readIdentityTokens',
      summary: 'The tokens that the provider gave when the person came through it last',
      description:
        'Asks for the scope `upstream_tokens` as well. Only where the operator has them kept; they are as old as the last ' +
        'sign-in through the provider, and nobody renews them here.',
      scope: UPSTREAM_TOKENS_SCOPE,
      answer: answers.IdentityTokens,
      refuses: [404],
      async handle({ person, params }) {
        const link = (await identityLinks.of(person.id)).find(({ id }) => id === params.id)
        const kept = link?.provider.enabled && link.provider.policy.keepTokens ? identityLinks.tokensOf(link) : null
        if (!kept) throw new NotFound('there is no such connection, or no tokens are kept of it')
        return {
          access_token: kept.accessToken,
          refresh_token: kept.refreshToken,
          expires_at: kept.expiresAt === null ? null : new Date(kept.expiresAt * 1000).toISOString(),
          scope: kept.scope,
        }
      },
    }),
  ]
}
