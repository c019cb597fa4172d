import test from 'ava'
import { decodeJwt } from 'jose'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

test('a person signs in to an application, which receives the claims that were allowed', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse)

  const { tokens } = await rp.signIn(ada)

  const claims = tokens.claims()!
  t.is(claims.sub, ada.id)
  t.is(claims.email, ada.email)
  t.is(claims.email_verified, false)
  t.deepEqual(claims.roles, ['admin', 'subscriber'])
  t.deepEqual(claims.amr, ['pwd'])
  const userinfo = await rp.userinfo(tokens.access_token, ada.id)
  t.like(userinfo, { sub: ada.id, name: 'Ada', email: ada.email, roles: ['admin', 'subscriber'] })
  t.is(tokens.refresh_token, undefined)
})

test('a signed-in person who has consented is not asked again', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)

  const begun = await rp.begin({ prompt: 'none' })
  await browser.open(begun.url.href)

  const { access_token } = await rp.redeem(begun, browser)
  t.truthy(access_token)
})

test('a wrong password is refused and recorded, and the response reveals nothing about the account', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const answers = []
  for (const email of [ada.email, 'nobody@example.org']) {
    const browser = new Browser(gatehouse.url)
    await browser.open((await rp.begin()).url.href)
    await browser.submit({ email, password: 'wrong' })
    answers.push({ status: browser.page.status, text: browser.text, kept: browser.field('email') === email })
  }
  t.deepEqual(answers[0], answers[1])
  t.like(answers[0], { status: 401, kept: true })
  const events = await gatehouse.app.scope(() => gatehouse.app.audit.of(ada.id))
  t.like(events[0]?.summary(), { kind: 'sign-in.refused', success: false, reason: 'wrong-password' })
})

test('the access token for an API has the roles claim', async t => {
  const ada = await makePerson(gatehouse)
  const { app } = gatehouse
  await app.scope(() =>
    app.resources.register(
      { id: 'https://api.example.org', name: 'Orders', scopes: [{ name: 'orders:read' }] },
      { by: { kind: 'operator', id: null, ip: null, userAgent: null } },
    ),
  )
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'roles', 'orders:read'] })

  const { tokens } = await rp.signIn(ada, { scope: 'openid roles orders:read', resource: 'https://api.example.org' })

  const token = decodeJwt(tokens.access_token)
  t.like(token, {
    aud: 'https://api.example.org',
    sub: ada.id,
    scope: 'orders:read',
    roles: ['subscriber'],
    iss: gatehouse.url,
    client_id: rp.id,
  })
  t.is(token.exp! - token.iat!, 600)
})
