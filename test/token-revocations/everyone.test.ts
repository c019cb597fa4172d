import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { active, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { isListed, readList } from '../support/revocation-list.ts'

const ORDERS = 'https://orders.example.org'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app, url } = gatehouse
await app.scope(() =>
  app.resources.register({ id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }] }, { by: operator }),
)
test.after.always(() => gatehouse.stop())

test('A-04, S-06: signing everyone out ends every session and token of people and machines, also those that a store brings back', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'offline_access', 'orders:read'] })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
  const ask = async () => (await machine.post('/token', { grant_type: 'client_credentials' })).body.access_token
  const opaque = await rp.signIn(ada, { scope: 'openid offline_access', prompt: 'consent' })
  const { tokens, browser } = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS }, opaque.browser)
  const before = await ask()

  await app.scope(() => app.signOutEveryone.begin({ by: operator }))

  for (const at of [url, other.url]) {
    for (const token of [opaque.tokens.access_token, opaque.tokens.refresh_token!, tokens.access_token])
      t.deepEqual((await rp.post('/token/introspection', { token }, { at })).body, { active: false })
    const again = { grant_type: 'refresh_token', refresh_token: opaque.tokens.refresh_token! }
    isRefusedAs(t, await rp.post('/token', again, { at }), 'invalid_grant')
  }
  const silent = await rp.begin({ prompt: 'none', scope: 'openid' })
  await browser.open(silent.url.href)
  t.regex(browser.page.url, /error=login_required/)
  t.false(await active(machine, before))

  const after = await ask()
  const list = await readList(url)
  t.deepEqual(
    [tokens.access_token, before, after].map(each => isListed(list, each)),
    [true, true, false],
  )
  t.true(await active(machine, after))

  const listed = (await readList(url)).entries.size
  t.is(await app.scope(() => app.signOutEveryone.settle(() => {})), 1)
  t.true((await app.scope(() => app.accounts.find(ada.id))).signedOutAt !== null, 'links and trusted browsers end too')
  t.true((await readList(url)).entries.size <= listed + 4, 'one key stands for all accounts')
  t.deepEqual(await app.artifacts.byAccount('Session', ada.id), [])
  t.deepEqual(await app.artifacts.byAccount('Grant', ada.id), [])
})
