import { z } from 'zod'
import { network } from '../../../base/network/ip-ranges.ts'
import { InvalidInput, NotFound } from '../../../base/refusals.ts'
import { UPSTREAM_TOKENS_SCOPE } from '../../../clients/scopes.ts'
import { UpstreamFailure } from '../../../federation/protocol/upstream-failure.ts'
import { RETURNED_RESULT } from '../../../federation/upstream-requests.ts'
import { UpstreamRefused } from '../../../lifecycle/upstream/upstream-refused.ts'
import { providerView } from '../../kit/pages/page-parts.ts'
import { action, text } from '../action.ts'
import { apiJson } from '../api-json.ts'
import { responses } from '../response-schemas.ts'

const CONNECTING = {
  refusals: {
    upstream_unavailable: 'unavailable',
    upstream_broken: 'broken',
    provider_off: 'closed',
    domain: 'domain',
    conflict: 'taken',
    not_found: 'gone',
  },
  about: 'connections',
} as const

/** Connected accounts at upstream providers, through which the person can sign in. */
export const actions = [
  action({
    name: 'listIdentities',
    method: 'get',
    path: '/identities',
    api: {
      summary: 'The connected accounts at upstream providers',
      answer: responses.Identities,
    },
    does: async ({ app, person }) =>
      apiJson({ identities: (await app.identityLinks.of(person.id)).map(each => each.summary()) }),
  }),
  action({
    name: 'connectIdentity',
    method: 'post',
    path: '/identities',
    recent: true,
    leavesRecord: true,
    body: z.strictObject({ provider: text(200) }),
    ...CONNECTING,
    form: {
      page: 'security',
      notice: null,
      keeps: ['provider'],
      // A page redirects, for the same reason as in sign-in/upstream/upstream-request.ts.
      shows: (data: { provider: ReturnType<typeof providerView>; url: string }) => ({
        page: 'interaction/redirect-to-provider',
        data,
      }),
    },
    api: null,
    async does({ app, person, body, by, browser }) {
      const provider = await app.identityProviders.findEnabled(body.provider)
      if (!provider) throw new UpstreamRefused('provider_off')
      await app.limits.upstreamByIp.take(network(by.ip))
      const upstreamRequest = await app.upstreamRequests.begin(
        provider,
        { to: 'account', accountId: person.id },
        browser!.id,
      )
      return {
        provider: providerView(provider),
        url: (await app.upstreamClient.authorizationUrl(provider, upstreamRequest)).href,
      }
    },
  }),
  action({
    name: 'keepIdentity',
    method: 'get',
    path: '/upstream-result',
    recent: true,
    ...CONNECTING,
    form: { page: 'security', notice: 'connected', keeps: ['provider'] },
    api: null,
    /** Runs after the callback. The result is accepted once, from the person and the browser that began the request. */
    async does({ app, person, account, by, browser }) {
      const returned = await app.kept.take(RETURNED_RESULT, `account.${person.id}.${browser!.id}`)
      if (!returned) throw new NotFound('there is no provider result for this person in this browser')
      const provider = await app.identityProviders.findEnabled(returned.providerId)
      if (!provider) throw new UpstreamRefused('provider_off')
      try {
        await app.linking.connect(await account(), provider, returned.result, { by })
      } catch (error) {
        throw error instanceof InvalidInput ? new UpstreamFailure('broken', error.message) : error
      }
      await app.limits.upstreamByIp.refund(network(by.ip))
    },
  }),
  action({
    name: 'removeIdentity',
    method: 'delete',
    path: '/identities/:id',
    recent: true,
    refusals: { last_sign_in_method: 'last-sign-in-method' },
    about: 'identity',
    form: { page: 'security', notice: 'disconnected' },
    api: {
      summary: 'Disconnects an account at an upstream provider',
      description: 'The person is emailed. The last sign-in method cannot be removed: 403, `last_sign_in_method`.',
      refuses: [404],
    },
    does: async ({ app, account, item, by }) => app.linking.disconnect(await account(), item, { by }),
  }),
  action({
    name: 'readIdentityTokens',
    method: 'get',
    path: '/identities/:id/tokens',
    api: {
      summary: 'The tokens that the provider issued at the last sign-in through it',
      description:
        'Requires the scope `upstream_tokens` too, and a provider whose policy keeps tokens. They are from the last ' +
        'sign-in through the provider, and are not renewed.',
      scope: UPSTREAM_TOKENS_SCOPE,
      answer: responses.IdentityTokens,
      refuses: [404],
    },
    async does({ app, person, item }) {
      const link = (await app.identityLinks.of(person.id)).find(({ id }) => id === item)
      const kept = link?.provider.enabled && link.provider.policy.keepTokens ? app.identityLinks.tokensOf(link) : null
      if (!kept) throw new NotFound('there is no such connected account, or its tokens are not kept')
      const expiresAt = kept.expiresAt === null ? null : new Date(kept.expiresAt * 1000)
      return apiJson({ ...kept, expiresAt })
    },
  }),
]
