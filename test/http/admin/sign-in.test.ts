import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AdminClient } from '../../support/admin-api.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { CALLBACK, RelyingParty } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse
const audience = `${url}/api/v1`

test('a person signs in to a tool, reads what it may do for them, and it calls the API in their name', async t => {
  const person = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse, { permissions: ['accounts:read', 'providers:write'] })
  const begun = await rp.begin({ scope: 'openid accounts:read providers:write roles:read', resource: audience })
  const browser = new Browser(url)
  await browser.open(begun.url.href)
  await browser.submit({ email: person.email, password: person.password })
  t.regex(browser.text, /Search and read accounts/)
  t.notRegex(browser.text, /upstream providers/)
  await browser.submit({ decision: 'allow' })
  const tokens = await rp.redeem(begun, browser)
  // Without `roles:read`, which the tool is not registered for, and `providers:write`, which the person does not have.
  t.is(tokens.scope, 'accounts:read')
  const api = new AdminClient(gatehouse, tokens.access_token)
  t.is((await api.call('getAccount', { params: { account: person.id } })).body?.email, person.email)
  t.is((await api.call('listRoles')).status, 403)

  await app.scope(() => app.consents.revoke(person.id, rp.id, { by: operator }))
  t.is((await api.call('listAccounts')).status, 401)
})

test('X-05: a page of the tool can call the API from its own origin, and no other page can', async t => {
  const person = await makePerson(gatehouse, { roles: ['superuser'] })
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa', permissions: ['accounts:read'] })
  const { tokens } = await rp.signIn(person, { scope: 'openid accounts:read', resource: audience })
  const api = new AdminClient(gatehouse, tokens.access_token)
  const origin = new URL(CALLBACK).origin
  const own = await api.call('listAccounts', { headers: { origin } })
  t.is(own.headers.get('access-control-allow-origin'), origin)
  t.is(own.headers.get('access-control-allow-credentials'), null)
  t.regex(own.headers.get('access-control-expose-headers') ?? '', /ETag/)
  for (const other of ['https://evil.example', 'null', `${origin}.evil.example`]) {
    const answer = await api.call('listAccounts', { headers: { origin: other } })
    t.is(answer.headers.get('access-control-allow-origin'), null, other)
  }
  const preflight = await api.send('OPTIONS', '/accounts', { headers: { origin: 'https://evil.example' } })
  t.is(preflight.headers.get('access-control-allow-origin'), null)
})

test('the consent page says in Russian what a tool may do', async t => {
  const person = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse, { permissions: ['accounts:read'] })
  const browser = new Browser(url, { 'accept-language': 'ru' })
  await browser.open((await rp.begin({ scope: 'openid accounts:read', resource: audience })).url.href)
  await browser.submit({ email: person.email, password: person.password })
  t.regex(browser.text, /Искать и читать учётные записи/)
})
