import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import { Upstream } from '../../support/upstream.ts'
import { FederationSetup, press, providerLink } from './federation-setup.ts'

const BYE = 'https://app.example.org/bye'
const unreachable = await Upstream.start()
const setup = await FederationSetup.start({ env: { OUTBOUND_ALLOW: '127.0.0.1' } })
const { gatehouse, upstream } = setup
const { app, url } = gatehouse
const rp = await RelyingParty.register(gatehouse, { firstParty: true, postLogoutRedirectUris: [BYE] })
await upstream.connect(gatehouse, { name: 'other', title: 'Other' })
await unreachable.connect(gatehouse, { name: 'mute', title: 'Mute' })
test.after.always(async () => {
  await setup.stop()
  unreachable.close()
})

/** A person signed in with the provider; `here` and `there` are one browser, at Gatehouse and at the provider. */
async function signInWith(name = 'example', at = upstream) {
  const person = at.person({
    sub: crypto.randomUUID(),
    email: `${crypto.randomUUID()}@example.org`,
    email_verified: true,
  })
  const [here, there] = [new Browser(url), new Browser(at.url)]
  const begun = await rp.begin()
  await here.open(begun.url.href)
  await press(here, name)
  await here.open(await at.visit(providerLink(here), { as: person }, there))
  const tokens = await rp.redeem(begun, here)
  return { here, there, tokens, id: tokens.claims()!.sub }
}

/** With an ID token hint the person is not asked. */
async function signOut(browser: Browser, parameters: Record<string, string> = {}): Promise<Browser> {
  await browser.open(`${url}/session/end?${new URLSearchParams(parameters)}`)
  return 'id_token_hint' in parameters ? browser : browser.submit({ logout: 'yes' })
}

const sessions = async (id: string) => (await app.sessions.of(id)).length

for (const confirmed of [true, false])
  test(`signing out here, ${confirmed ? 'confirmed by the person' : 'with an ID token hint'}, also signs out at the provider, and returns to the application`, async t => {
    const { here, there, tokens, id } = await signInWith()
    const by: Record<string, string> = confirmed ? { client_id: rp.id } : { id_token_hint: tokens.id_token! }
    await signOut(here, { ...by, post_logout_redirect_uri: BYE, state: 'a&b' })
    t.is(here.heading, 'You are signed out here')
    t.is(here.page.status, 200)
    t.is(await sessions(id), 0)
    t.is(
      here.document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content'),
      `0; url=${providerLink(here)}`,
    )
    t.is(here.document.querySelector('form'), null, 'the page has no form that the policy would have to allow')

    const asked = new URL(providerLink(here))
    t.is(`${asked.origin}${asked.pathname}`, `${upstream.url}/session/end`)
    t.is(asked.searchParams.get('post_logout_redirect_uri'), `${url}/federation/example/signed-out`)
    t.is(asked.searchParams.get('id_token_hint')?.split('.').length, 3)
    t.false(asked.href.includes('app.example.org'), 'the provider does not learn the address of the application')

    await there.open(asked.href)
    await there.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
    await here.open(there.page.url)
    t.is(here.page.url, `${BYE}?state=${encodeURIComponent('a&b')}`)
    await there.open(`${upstream.url}/session/end`)
    t.not(there.heading, 'Sign out there?', 'the person is signed out at the provider')
  })

test('without an application, the person returns to our own page', async t => {
  const { here, there } = await signInWith()
  await signOut(here)
  await there.open(providerLink(here))
  await there.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
  await here.open(there.page.url)
  t.is(here.heading, 'You are signed out')
})

test('the destination is never in a URL: a used or forged state, or one of another provider, redirects nowhere', async t => {
  const { here, tokens } = await signInWith()
  await signOut(here, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: BYE })
  const state = new URL(providerLink(here)).searchParams.get('state')!
  const back = (name: string, query: string) => here.copy().open(`${url}/federation/${name}/signed-out?${query}`)
  for (const [name, query] of [
    ['example', ''],
    ['example', 'state=forged&post_logout_redirect_uri=https://evil.example'],
    ['other', `state=${state}`],
  ] as const)
    t.is((await back(name, query)).heading, 'You are signed out', query)
  t.is((await back('example', `state=${state}`)).page.url, BYE)
  t.is((await back('example', `state=${state}`)).heading, 'You are signed out')
})

test('a person who stays signed in here is not signed out at the provider', async t => {
  const { here, id } = await signInWith()
  await here.open(`${url}/session/end`)
  await here.submit({})
  t.is(here.heading, 'You stay signed in')
  t.is(await sessions(id), 1)
})

test('after a sign-in with a password, signing out does not involve the provider', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  t.is((await signOut(browser)).heading, 'You are signed out')

  const there = setup.upstreamPerson()
  await app.scope(async () => {
    const [account, provider] = [await app.accounts.find(ada.id), await app.identityProviders.find('example')]
    const tokens = { accessToken: 'a', refreshToken: null, expiresAt: null, scope: null }
    await app.linking.connect(account, provider, { claims: there, idToken: null, sid: null, tokens }, { by: operator })
  })
  const begun = await rp.begin()
  const again = await new Browser(url).open(begun.url.href)
  await press(again)
  await again.open(await upstream.visit(providerLink(again), { as: there }))
  t.is((await rp.redeem(begun, again)).claims()!.sub, ada.id)
  await rp.signIn(ada, { prompt: 'login' }, again)
  t.is((await signOut(again)).heading, 'You are signed out')
})

test('a provider that is disabled, unavailable or without sign-out does not prevent the sign-out', async t => {
  const by = { by: operator }
  const notNotified = await signInWith('other')
  await app.scope(() => app.identityProviders.update('other', { policy: { signOut: false } }, by))
  t.is((await signOut(notNotified.here)).heading, 'You are signed out')
  await app.scope(() => app.identityProviders.update('other', { policy: { signOut: true } }, by))
  const off = await signInWith('other')
  await app.scope(() => app.identityProviders.disable('other', by))
  t.is((await signOut(off.here)).heading, 'You are signed out')
  await app.scope(() => app.identityProviders.enable('other', by))

  const { here, id } = await signInWith('mute', unreachable)
  // The change clears the cached discovery, and the provider cannot be reached.
  await app.scope(() => app.identityProviders.update('mute', { secret: 'another one' }, by))
  unreachable.close()
  t.is((await signOut(here)).heading, 'You are signed out')
  t.is(await sessions(id), 0)
})
