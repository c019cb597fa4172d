import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { UpstreamFailure } from '../../src/federation/protocol/upstream-failure.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { ShapedUpstream } from '../support/shaped-upstream.ts'

const kinds = ['github', 'discord', 'yandex', 'vk'] as const
const started = await Promise.all(kinds.map(kind => ShapedUpstream.start(kind)))
const [github, discord, yandex, vk] = started as [ShapedUpstream, ShapedUpstream, ShapedUpstream, ShapedUpstream]
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: started.map(({ host }) => host).join(',') } })
const { app } = gatehouse

test.after.always(async () => {
  for (const upstream of started) upstream.close()
  await gatehouse.stop()
})

const fails = { instanceOf: UpstreamFailure }
let count = 0

/** Registers a provider and signs in with it. */
async function signIn(
  upstream: ShapedUpstream,
  changes: Partial<ProviderDefinition> = {},
  extraParams: Record<string, string> = {},
) {
  count += 1
  const definition = upstream.definition({ name: `${upstream.kind}-${count}`, ...changes })
  const provider = await app.scope(() => app.identityProviders.register(definition, { by: operator }))
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(upstream.visit(await app.upstreamClient.authorizationUrl(provider, request)))
  for (const [name, value] of Object.entries(extraParams)) back.searchParams.set(name, value)
  const answer = await app.upstreamClient.exchangeCode(provider, back.searchParams, request)
  return { answer, identity: identityOf(provider, answer.claims) }
}

test.serial('GitHub: the identity has the numeric ID, the name and the primary verified email', async t => {
  const { identity, answer } = await signIn(github)
  t.like(identity, { subject: '583231', email: 'mona@example.org', emailVerified: true, name: 'Mona Octocat' })
  t.is(identity.username, 'octocat')
  t.like(identity.profile, { picture: 'https://avatars.example/u/583231' })
  t.deepEqual(answer.tokens, {
    accessToken: 'the-access-token',
    refreshToken: null,
    expiresAt: null,
    scope: 'read:user,user:email',
  })
  t.is(answer.idToken, null)
})

test.serial(
  'U-01: an unverified email from GitHub, or the public email of the profile, does not count as verified',
  async t => {
    const unverified = [{ email: 'mona@example.org', primary: true, verified: false }]
    const verifiedAsString = [{ email: 'mona@example.org', primary: true, verified: 'true' }]
    const notPrimary = [{ email: 'mona@example.org', primary: false, verified: true }]
    const bodies: unknown[] = [
      unverified,
      verifiedAsString,
      notPrimary,
      [],
      {},
      [null, 'mona@example.org', { primary: true }],
    ]
    t.teardown(() => delete github.instead.emails)
    for (const body of bodies) {
      github.instead.emails = { body }
      const { identity } = await signIn(github)
      t.false(identity.emailVerified, JSON.stringify(body))
      t.not(identity.email, 'public@example.org')
    }
  },
)

test.serial('GitHub: an error in a response with status 200 is detected', async t => {
  const failure = await t.throwsAsync(signIn(github, { secret: 'another' }), fails)
  t.is(failure.problem, 'broken')
  t.false(failure.message.includes('another'))
})

test.serial('Discord: the identity has the ID, the name and an email that Discord has verified', async t => {
  const { identity, answer } = await signIn(discord)
  t.like(identity, { subject: '80351110224678912', email: 'nelly@example.org', emailVerified: true, name: 'Nelly' })
  t.is(answer.tokens.refreshToken, 'the-refresh-token')
})

test.serial('Discord: a wrong client secret is distinguished from an unavailable provider', async t => {
  t.is((await t.throwsAsync(signIn(discord, { secret: 'another' }), fails)).problem, 'broken')
  discord.instead.token = { status: 503, body: {} }
  t.is((await t.throwsAsync(signIn(discord), fails)).problem, 'unavailable')
  discord.instead.token = { status: 429, body: {} }
  t.is((await t.throwsAsync(signIn(discord), fails)).problem, 'unavailable')
  delete discord.instead.token
})

test.serial('Yandex: the token is sent with the OAuth scheme, and the email never counts as verified', async t => {
  const { identity } = await signIn(yandex)
  t.like(identity, { subject: '1000034426', email: 'ivan@example.org', emailVerified: false, name: 'Ivan Ivanov' })
})

test.serial('VK ID: the device ID is sent back, the access token is posted, and the ID token is ignored', async t => {
  const { identity, answer } = await signIn(vk)
  t.like(identity, { subject: '1234567890', email: 'ivan-at-vk@example.org', emailVerified: false, name: 'Ivan I.' })
  t.is(answer.idToken, null)
  const asked = vk.asked.find(({ path }) => path === '/oauth2/user_info')
  t.is(asked?.headers.authorization, undefined)
})

test.serial('mix-up: a response with another iss is refused if the issuer is known', async t => {
  const issuer = 'https://github.com/login/oauth'
  await t.notThrowsAsync(signIn(github, { issuer }, { iss: issuer }))
  await t.throwsAsync(signIn(github, { issuer }, { iss: 'https://discord.com' }), fails)
})

test.serial('declining at the provider cancels the sign-in', async t => {
  const provider = await app.scope(() =>
    app.identityProviders.register(github.definition({ name: 'cancelled' }), { by: operator }),
  )
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(github.visit(await app.upstreamClient.authorizationUrl(provider, request), { cancel: true }))
  const failure = await t.throwsAsync(app.upstreamClient.exchangeCode(provider, back.searchParams, request), fails)
  t.is(failure.problem, 'cancelled')
})

test.serial('an API response that is not an object of claims is refused', async t => {
  t.teardown(() => delete discord.instead.userinfo)
  for (const body of ['nelly', ['nelly'], null, 7]) {
    discord.instead.userinfo = { body }
    t.is((await t.throwsAsync(signIn(discord), fails)).problem, 'broken')
  }
  discord.instead.userinfo = { status: 403, body: { message: 'Missing Access' } }
  t.is((await t.throwsAsync(signIn(discord), fails)).problem, 'broken')
  discord.instead.userinfo = { body: { id: '1', bio: 'x'.repeat(100_000) } }
  t.is((await t.throwsAsync(signIn(discord), fails)).message, 'its claims are too long')
})
