import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../../src/base/actor.ts'
import type { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs } from '../../support/impersonation.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const API = 'https://api.example.org'
const MINUTES = 5

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h', ACCESS_TOKEN_TTL: '1h' } })
const { app, url } = gatehouse
await app.scope(() => app.resources.register({ id: API, name: 'API', scopes: [{ name: 'read' }] }, { by: operator }))
const scopes = ['openid', 'profile', 'email', 'roles', 'offline_access', 'read']
const own = await RelyingParty.register(gatehouse, { firstParty: true, scopes })
const foreign = await RelyingParty.register(gatehouse, { name: 'Photos', scopes })
test.after.always(() => gatehouse.stop())

const error = (browser: Browser) => new URL(browser.page.url).searchParams.get('error')
const described = (browser: Browser) => new URL(browser.page.url).searchParams.get('error_description') ?? ''

test('each token says who acts, claims no sign-in of the person, and ends with the impersonation', async t => {
  const { olga, ana, browser } = await actAs(t, gatehouse, { minutes: MINUTES })
  const act = { sub: olga.id }
  const { tokens } = await own.signIn(ana, { scope: 'openid profile email offline_access' }, browser)
  const latest = Date.now() / 1000 + MINUTES * 60 + 1
  t.is(tokens.refresh_token, undefined)
  t.true(tokens.expires_in! <= MINUTES * 60)
  const claims = tokens.claims()!
  t.like(claims, { sub: ana.id, act })
  t.true(claims.exp <= latest)
  t.like(await own.userinfo(tokens.access_token, ana.id), { sub: ana.id, email: ana.email, act })
  const { body } = await own.post('/token/introspection', { token: tokens.access_token })
  t.like(body, { active: true, sub: ana.id, act })
  for (const each of [claims, body]) for (const name of ['auth_time', 'amr', 'acr']) t.false(name in each, name)

  const begun = await own.begin({ scope: 'openid read', resource: API })
  await own.visit(begun, ana, browser)
  const jwt = decodeJwt((await own.redeem(begun, browser, { resource: API })).access_token)
  t.like(jwt, { sub: ana.id, aud: API, act })
  t.true(jwt.exp! <= latest)
  for (const name of ['auth_time', 'amr', 'acr']) t.false(name in jwt, name)
})

test('an ID token from the authorization endpoint says who acts too', async t => {
  const hybrid = await RelyingParty.register(gatehouse, { firstParty: true, responseTypes: ['code id_token'] })
  const { olga, ana, browser } = await actAs(t, gatehouse, { minutes: MINUTES })
  await browser.open((await hybrid.begin({ response_type: 'code id_token' })).url.href)
  const claims = decodeJwt(new URLSearchParams(new URL(browser.page.url).hash.slice(1)).get('id_token')!)
  t.like(claims, { sub: ana.id, act: { sub: olga.id } })
  t.true(claims.exp! <= Date.now() / 1000 + MINUTES * 60 + 1)
  for (const name of ['auth_time', 'amr', 'acr']) t.false(name in claims, name)
})

test('tokens of the person themselves say nothing of the kind, also while an administrator acts as them', async t => {
  const { ana, browser } = await actAs(t, gatehouse)
  await own.signIn(ana, {}, browser)
  const { tokens } = await own.signIn(ana)
  t.false('act' in tokens.claims()!)
  t.like(tokens.claims(), { amr: ['pwd'], acr: 'urn:gatehouse:acr:1fa' })
  t.false('act' in (await own.userinfo(tokens.access_token, ana.id)))
})

test('with an existing consent the application is used; a new one cannot be given', async t => {
  const person = await makePerson(gatehouse, { name: 'Ana' })
  await foreign.signIn(person, { scope: 'openid email' })
  const { olga, browser } = await actAs(t, gatehouse, { person })
  const { tokens } = await foreign.signIn(person, { scope: 'openid email' }, browser)
  t.like(tokens.claims(), { act: { sub: olga.id } })

  await browser.open((await foreign.begin({ scope: 'openid email profile' })).url.href)
  t.is(browser.page.status, 403)
  t.is(browser.heading, "This person hasn't allowed Photos")
  const [interaction] = /\/interaction\/[\w-]+/.exec(browser.page.url) ?? []
  const body = new URLSearchParams({ decision: 'allow', csrf: browser.field('csrf')! })
  const forced = await browser.fetch(`${interaction}/consent`, { method: 'POST', body })
  t.is(forced.status, 403)
  await browser.submit({}, { action: '/abort' })
  await browser.goOn()
  t.is(error(browser), 'access_denied')
  t.regex(described(browser), /has not allowed this/)
  const consents = await app.scope(() => app.consents.of(person.id))
  t.deepEqual(
    consents.map(each => [...each.scopes].sort()),
    [['email', 'openid']],
  )

  await browser.open((await foreign.begin({ scope: 'openid profile', prompt: 'none' })).url.href)
  t.is(error(browser), 'consent_required')
})

for (const parameters of [
  { prompt: 'login' },
  { max_age: '0' },
  { max_age: '86400' },
  { acr_values: 'urn:gatehouse:acr:1fa' },
  { acr_values: 'urn:gatehouse:acr:2fa' },
  { prompt: 'select_account' },
  { prompt: 'create' },
] as Record<string, string>[]) {
  test(`what only the person could do is refused, and says why: ${JSON.stringify(parameters)}`, async t => {
    const { ana, browser } = await actAs(t, gatehouse)
    await browser.open((await own.begin(parameters)).url.href)
    t.is(browser.page.status, 403)
    t.is(browser.heading, 'Example asks this person to sign in')
    const [interaction] = /\/interaction\/[\w-]+/.exec(browser.page.url) ?? []
    const body = new URLSearchParams({ email: ana.email, password: ana.password, csrf: browser.field('csrf')! })
    for (const path of ['/sign-in', '/choose-account', '/register', '/second-factor'])
      t.true([403, 404, 405].includes((await browser.fetch(interaction + path, { method: 'POST', body })).status), path)
    await browser.open(interaction!)
    await browser.submit({}, { action: '/abort' })
    await browser.goOn()
    t.is(error(browser), 'login_required')
    if (parameters.prompt) return
    await browser.open((await own.begin({ ...parameters, prompt: 'none' })).url.href)
    t.is(error(browser), 'login_required')
  })
}

test('a second factor that the application or the server requires is that of the administrator', async t => {
  const strict = await RelyingParty.register(gatehouse, { firstParty: true, secondFactorRequired: true })
  const { olga, ana, browser } = await actAs(t, gatehouse)
  const { tokens } = await strict.signIn(ana, {}, browser)
  t.like(tokens.claims(), { sub: ana.id, act: { sub: olga.id } })
})

test('a sign-in of the person that was begun beside it does not finish in the session of the impersonation', async t => {
  const { ana, browser } = await actAs(t, gatehouse)
  const aside = browser.copy()
  const sessions = [...aside.cookies].filter(([, { name }]) => /session|others/.test(name))
  for (const [key] of sessions) aside.cookies.delete(key)
  await aside.open((await own.begin()).url.href)
  const form = aside.document.querySelectorAll('form').find(each => each.querySelector('[name="password"]'))!
  const body = new URLSearchParams({ email: ana.email, password: ana.password })
  body.set('csrf', form.querySelector('[name="csrf"]')!.getAttribute('value')!)
  const posted = await aside.fetch(form.getAttribute('action')!, { method: 'POST', body, headers: { origin: url } })
  const resume = /\/auth\/[\w-]+/.exec(`${posted.headers.get('location')} ${await posted.text()}`)?.[0]
  t.truthy(resume)
  for (const [key, cookie] of sessions) aside.cookies.set(key, cookie)
  await aside.open(resume!)
  t.is(error(aside), 'access_denied')
  t.true((await browser.open(`${url}/account`)).text.includes('support session until'))
})
