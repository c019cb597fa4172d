import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import { startApple } from '../support/apple.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const apple = await startApple()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: apple.host } })
const { app } = gatehouse
const provider = await app.scope(() => app.identityProviders.register(apple.definition(), { by: operator }))

test.after.always(async () => {
  apple.close()
  await gatehouse.stop()
})

async function signIn({ user }: { user?: string } = {}) {
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const url = await app.upstreamClient.authorizationUrl(provider, request)
  apple.claims = {
    sub: '000123.abc',
    email: 'ada@example.org',
    email_verified: 'true',
    nonce: url.searchParams.get('nonce'),
  }
  const back = new URLSearchParams({ code: 'the-code', state: request.state, ...(user && { user }) })
  const answer = await app.upstreamClient.exchangeCode(provider, back, request)
  return { url, identity: identityOf(provider, answer.claims) }
}

test.serial(
  'Apple: the callback is a form post, and the client secret is a JWT that expires within ten minutes',
  async t => {
    const { url, identity } = await signIn()
    t.is(url.searchParams.get('response_mode'), 'form_post')
    t.like(identity, { subject: '000123.abc', email: 'ada@example.org', emailVerified: true, name: null })
    const [secret] = apple.secrets
    t.true(secret!.exp! - secret!.iat! <= 600)
  },
)

test.serial('Apple: only the name is read from the user parameter of the callback', async t => {
  const user = {
    name: { firstName: 'Ada', lastName: 'Lovelace' },
    email: 'root@example.org',
    sub: 'someone-else',
    email_verified: true,
  }
  const { identity } = await signIn({ user: JSON.stringify(user) })
  t.like(identity, { subject: '000123.abc', email: 'ada@example.org', name: 'Ada Lovelace' })
})

test.serial('Apple: an invalid name in the callback is ignored', async t => {
  for (const user of ['nonsense', 'null', '7', '{"name":7}', '{"name":{"firstName":{}}}', `"${'x'.repeat(10_000)}"`])
    t.is((await signIn({ user })).identity.name, null, user.slice(0, 40))
})
