import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { ClientUpdate } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const { app, url } = gatehouse

const by = { by: operator }
for (const name of ['staff', 'contractor']) await app.scope(() => app.roles.create({ name }, by))
const open = await RelyingParty.register(gatehouse, { name: 'Lobby', firstParty: true })
const staffOnly = await RelyingParty.register(gatehouse, { name: 'Wiki', allowedRoles: ['staff'], firstParty: true })
const noContractors = await RelyingParty.register(gatehouse, { name: 'Payroll', deniedRoles: ['contractor'] })

const REFUSED = "You don't have access to Wiki"
const answer = (browser: Browser, name: string) => new URL(browser.page.url).searchParams.get(name)
const assign = (id: string, role: string, until?: Date) =>
  app.scope(async () => app.assignments.assign(await app.accounts.find(id), [role], { ...by, until }))
const unassign = (id: string, role: string) =>
  app.scope(async () => app.assignments.unassign(await app.accounts.find(id), [role], by))
const refreshed = (rp: RelyingParty, token: string) =>
  rp.post('/token', { grant_type: 'refresh_token', refresh_token: token })

async function visit(rp: RelyingParty, person: Person, browser = new Browser(url)) {
  const begun = await rp.begin()
  await rp.visit(begun, person, browser)
  return { begun, browser }
}

test.after.always(() => gatehouse.stop())

test('a person without the role is told so after they signed in, and goes back with access_denied', async t => {
  const ada = await makePerson(gatehouse)
  const { begun, browser } = await visit(staffOnly, ada)
  t.is(browser.heading, REFUSED)
  t.regex(browser.text, new RegExp(ada.email))
  await browser.open(browser.page.url)
  t.is(browser.heading, REFUSED, 'a reload changes nothing')
  await browser.submit({}, { action: '/abort' })
  t.like(
    { error: answer(browser, 'error'), state: answer(browser, 'state'), code: answer(browser, 'code') },
    { error: 'access_denied', state: begun.state, code: null },
  )
  t.regex(answer(browser, 'error_description')!, /roles/)
  const [refusal, ...others] = (await app.scope(() => app.audit.of(ada.id))).filter(({ success }) => !success)
  t.like(refusal, { kind: 'sign-in.refused', reason: 'role', target: staffOnly.id, actorId: ada.id })
  t.deepEqual(others, [], 'a reload is not recorded again')
})

test('a person with the role signs in as ever', async t => {
  const ada = await makePerson(gatehouse, { roles: ['staff'] })
  const { tokens } = await staffOnly.signIn(ada)
  t.is(tokens.claims()!.sub, ada.id)
})

test('where roles are denied, a person with one of them is kept out, and everyone else is not', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { roles: ['contractor', 'staff'] })]
  t.truthy((await noContractors.signIn(ada)).tokens.access_token)
  t.is((await visit(noContractors, ben)).browser.heading, "You don't have access to Payroll")
})

test('prompt=none is answered with access_denied', async t => {
  const { browser } = await open.signIn(await makePerson(gatehouse))
  await browser.open((await staffOnly.begin({ prompt: 'none' })).url.href)
  t.is(answer(browser, 'error'), 'access_denied')
})

test('a reload continues once the person has been given the role', async t => {
  const ada = await makePerson(gatehouse)
  const { begun, browser } = await visit(staffOnly, ada)
  await assign(ada.id, 'staff')
  const page = browser.page.url
  t.true(
    await eventually(async () => {
      await browser.open(page)
      return answer(browser, 'code') !== null
    }),
  )
  t.is((await staffOnly.redeem(begun, browser)).claims()!.sub, ada.id)
})

test('a person goes on with another account, and stays signed in with the first', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben', roles: ['staff'] })]
  const { begun, browser } = await visit(staffOnly, ada)
  await browser.submit({}, { action: '/another-account' })
  t.is(browser.heading, 'Sign in', 'no other account is signed in here')
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(browser.heading, REFUSED, 'the same account is kept out again')
  await browser.submit({}, { action: '/another-account' })
  await browser.submit({ email: ben.email, password: ben.password })
  t.is((await staffOnly.redeem(begun, browser)).claims()!.sub, ben.id)

  const again = await visit(staffOnly, ada, browser)
  t.is((await staffOnly.redeem(again.begun, browser)).claims()!.sub, ben.id)
  await browser.open((await staffOnly.begin({ prompt: 'select_account' })).url.href)
  t.is(browser.heading, 'Choose an account')
  t.true(browser.text.includes(ada.email) && browser.text.includes(ben.email))
  await browser.submit({ account: ada.id }, { action: '/account' })
  t.is(browser.heading, REFUSED, 'the chooser is no way around')
  await browser.submit({}, { action: '/another-account' })
  t.is(browser.heading, 'Choose an account', 'now there is another account to choose')
})

test('OIDC Core 3.1.2.1: no other account is accepted if the application names the person by an ID token', async t => {
  const ada = await makePerson(gatehouse, { roles: ['staff'] })
  const { tokens, browser } = await staffOnly.signIn(ada)
  await unassign(ada.id, 'staff')
  const begin = async () => browser.open((await staffOnly.begin({ id_token_hint: tokens.id_token! })).url.href)
  t.true(await eventually(async () => (await begin()).heading === REFUSED))
  t.false(browser.text.includes('Use another account'))
  const csrf = browser.document.querySelector('[name=csrf]')!.getAttribute('value')!
  const forged = await browser.copy().open(`${browser.page.url}/another-account`, {
    method: 'POST',
    body: new URLSearchParams({ csrf }),
    headers: { origin: url, 'sec-fetch-site': 'same-origin' },
  })
  t.not(forged.heading, 'Sign in', 'nor by hand')
  await browser.submit({}, { action: '/abort' })
  t.is(answer(browser, 'error'), 'access_denied')
})

test('the same refusal is recorded once an hour, also where no page is shown', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await open.signIn(ada)
  for (const prompt of ['none', 'none', 'login'])
    await browser.open((await staffOnly.begin(prompt === 'none' ? { prompt } : {})).url.href)
  const refusals = async () => (await app.scope(() => app.audit.of(ada.id))).filter(({ success }) => !success)
  t.true(await eventually(async () => (await refusals()).length === 1))
})

test('another application does not suffer', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await visit(staffOnly, ada)
  const elsewhere = await visit(open, ada, browser)
  t.is((await open.redeem(elsewhere.begun, browser)).claims()!.sub, ada.id)
})

test('A-04: after a person lost the role, refresh tokens, codes and access tokens of the application stop working', async t => {
  const ada = await makePerson(gatehouse, { roles: ['staff'] })
  const { tokens, browser } = await staffOnly.signInToStay(ada)
  const { refresh_token: refreshToken, access_token: accessToken } = await staffOnly.refresh(tokens.refresh_token!)
  const { begun } = await visit(staffOnly, ada, browser)
  await unassign(ada.id, 'staff')
  t.true(await eventually(async () => (await refreshed(staffOnly, refreshToken!)).status === 400))
  t.like(await refreshed(staffOnly, refreshToken!), { status: 400, body: { error: 'invalid_grant' } })
  await t.throwsAsync(staffOnly.userinfo(accessToken, ada.id))
  for (const token of [accessToken, refreshToken!])
    t.deepEqual((await staffOnly.post('/token/introspection', { token })).body, { active: false })
  await t.throwsAsync(staffOnly.redeem(begun, browser))
  const { browser: next } = await visit(staffOnly, ada, browser)
  t.is(next.heading, REFUSED)
  await assign(ada.id, 'staff')
  t.true(await eventually(async () => (await refreshed(staffOnly, refreshToken!)).status === 200), 'the role came back')
})

test.serial('a role that ends at a certain time opens the application until then, to the second', async t => {
  const ada = await makePerson(gatehouse)
  await assign(ada.id, 'staff', new Date(clock.now().getTime() + 60_000))
  const { tokens } = await staffOnly.signInToStay(ada)
  t.deepEqual(tokens.claims()!.roles, ['staff', 'subscriber'])
  clock.advance(50)
  const { refresh_token: refreshToken } = await staffOnly.refresh(tokens.refresh_token!)
  clock.advance(11)
  t.like(await refreshed(staffOnly, refreshToken!), { status: 400, body: { error: 'invalid_grant' } })
  t.is((await visit(staffOnly, ada)).browser.heading, REFUSED)
})

test('A-04: an application that is limited later refuses the tokens that it has', async t => {
  const rp = await RelyingParty.register(gatehouse, { firstParty: true })
  const update = (changes: ClientUpdate) => app.scope(() => app.clients.update(rp.id, changes, by))
  const { tokens } = await rp.signInToStay(await makePerson(gatehouse))
  await update({ allowedRoles: ['staff'] })
  t.true(await eventually(async () => (await refreshed(rp, tokens.refresh_token!)).status === 400))
  await update({ allowedRoles: [] })
  t.true(await eventually(async () => (await refreshed(rp, tokens.refresh_token!)).status === 200))
})
