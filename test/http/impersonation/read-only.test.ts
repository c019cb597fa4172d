import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { reads } from '../../../src/http/account/action.ts'
import { ACTIONS, DOWNLOADS, PAGES } from '../../../src/http/account/sections.ts'
import { ROUTES } from '../../../src/http/api/admin/table.ts'
import { AccountApplication, OPERATIONS } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs, makeAdministrator } from '../../support/impersonation.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { API_LIMIT_IP: '100000/1m', SIGN_IN_LIMIT_IP: '1000/1h' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const filled = (path: string) => path.replace(/:\w+/g, 'any')

/** What must stay as it is. */
async function stateOf(id: string) {
  return app.scope(async () => {
    const account = await app.accounts.find(id)
    const { history: _history, sessions: _sessions, ...rest } = await app.export.of(account)
    return JSON.stringify(rest)
  })
}

test('each form of the account pages is refused, with a page that says why', async t => {
  const { ana, browser } = await actAs(t, gatehouse)
  await browser.open(`${url}/account/profile`)
  const csrf = browser.document.querySelector('form[action$="/account"] [name="csrf"]')!.getAttribute('value')!
  const before = await stateOf(ana.id)
  const forms = ACTIONS.filter(({ form }) => form)
  t.true(forms.length > 15)
  for (const { name, method, path } of forms) {
    const address = `/account${filled(path)}`
    const body = new URLSearchParams({ csrf, method, email: ana.email, name: 'X', current: ana.password, next: 'y' })
    const init = method === 'get' ? {} : { method: 'POST', body, headers: { origin: url } }
    const response = await browser.fetch(address, init)
    t.is(response.status, 403, name)
    t.true((await response.text()).includes('can do this'), name)
  }
  t.is(await stateOf(ana.id), before)
})

test('pages can be read, except those that need a recent sign-in; nothing can be downloaded', async t => {
  const { browser } = await actAs(t, gatehouse)
  for (const { name, path, recent } of PAGES) {
    await browser.open(`${url}/account${path}`)
    t.is(browser.page.status, recent ? 403 : 200, name)
    t.true(browser.text.includes('support session until'), name)
  }
  for (const { path } of DOWNLOADS) t.is((await browser.fetch(`${url}/account${path}`)).status, 403, path)
})

test('each operation of the account API that does more than read is refused', async t => {
  const application = await AccountApplication.register(gatehouse, {
    firstParty: true,
    scopes: ['openid', 'offline_access', 'email', 'account', 'upstream_tokens'],
  })
  const { ana, browser } = await actAs(t, gatehouse)
  const { tokens } = await application.rp.signIn(ana, { scope: 'openid account upstream_tokens' }, browser)
  const before = await stateOf(ana.id)
  t.is(OPERATIONS.length, ACTIONS.filter(({ api }) => api).length)
  let read = 0
  for (const { method, path, body } of OPERATIONS) {
    const action = ACTIONS.find(each => each.method === method.toLowerCase() && `/me${filled(each.path)}` === path)!
    const answer = await application.send(method, path, { token: tokens.access_token, body })
    t.is(answer.status, reads(action) ? 200 : 403, `${method} ${path}`)
    if (reads(action)) read++
    else t.is(answer.body.code, 'impersonated', path)
  }
  t.is(read, 7)
  t.is(await stateOf(ana.id), before)
})

test('who acts as an administrator cannot use the API for administrators, so nobody acts from there', async t => {
  const scopes = ROUTES.map(([, { permission }]) => permission)
  const console = await RelyingParty.register(gatehouse, {
    firstParty: true,
    scopes: ['openid'],
    permissions: [...new Set(scopes)],
  })
  const ada = await makePerson(gatehouse, { name: 'Ada', roles: ['superuser'] })
  const { browser } = await actAs(t, gatehouse, { person: ada })
  const resource = `${url}/api/v1`
  const begun = await console.begin({ scope: 'openid accounts:read accounts:impersonate', resource })
  await console.visit(begun, ada, browser)
  const { access_token: token } = await console.redeem(begun, browser, { resource })
  for (const [method, path] of [
    ['GET', '/accounts'],
    ['POST', `/accounts/${ada.id}/impersonations`],
  ] as const) {
    const body = method === 'POST' ? JSON.stringify({ reason: 'because I would like to' }) : null
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(resource + path, { method, headers, body })
    t.is(response.status, 403)
    t.is(((await response.json()) as { code: string }).code, 'impersonated')
  }
})

test('nobody acts as someone else from a session in which they already do', async t => {
  const olga = await makeAdministrator(gatehouse)
  const { browser } = await actAs(t, gatehouse, { administrator: olga })
  const other = await makePerson(gatehouse, { name: 'Boris' })
  const { token } = await app.scope(async () => {
    const [administrator, account] = [await app.accounts.find(olga.id), await app.accounts.find(other.id)]
    return app.impersonations.open(account, { administrator, reason: 'one more of them' }, { by: operator })
  })
  await browser.open(`${url}/impersonation/${token}`)
  t.is(browser.page.status, 403)
  t.is(browser.heading, "Only the account's owner can do this")
})

test('the browser is not remembered, and the sign-ins of the person stay as they were', async t => {
  const { ana } = await actAs(t, gatehouse)
  const found = await app.scope(async () => {
    const account = await app.accounts.find(ana.id)
    return [await app.knownBrowsers.of(account), await app.audit.of(ana.id, { kinds: ['sign-in.'] })]
  })
  t.deepEqual(found, [[], []])
})
