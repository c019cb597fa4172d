import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { Artifact } from '../../src/storage/artifacts/artifacts.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const signOut = (id: string) => app.scope(async () => app.signOut.of(await app.accounts.find(id), { by: operator }))

async function asksToSignIn(rp: RelyingParty, browser: Browser): Promise<boolean> {
  await browser.open((await rp.begin()).url.href)
  return browser.field('email') !== undefined
}

test('S-06: signing out a person ends all their sessions and tokens', async t => {
  const ada = await makePerson(gatehouse)
  const [shop, forum] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  const [phone, laptop] = [new Browser(gatehouse.url), new Browser(gatehouse.url)]
  const [one, two] = [await shop.signInToStay(ada, phone), await forum.signInToStay(ada, laptop)]
  t.is((await app.sessions.of(ada.id)).length, 2)
  t.false(await asksToSignIn(shop, phone))

  await signOut(ada.id)

  t.deepEqual([await app.sessions.of(ada.id), await app.grants.of(ada.id)], [[], []])
  t.true((await asksToSignIn(shop, phone)) && (await asksToSignIn(forum, laptop)))
  await t.throwsAsync(shop.refresh(one.tokens.refresh_token!))
  await t.throwsAsync(forum.refresh(two.tokens.refresh_token!))
  await t.throwsAsync(forum.userinfo(two.tokens.access_token, ada.id))
  t.like((await app.scope(() => app.audit.of(ada.id)))[0]?.summary(), { kind: 'sessions.revoked', actor: 'operator' })
})

test.serial('a person who was signed out can sign in again', async t => {
  const time = new TimeTravel(t)
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  await rp.signInToStay(ada)
  await signOut(ada.id)
  // Tokens issued in the same second as the sign-out would be refused.
  time.pass(2)
  const { tokens } = await rp.signInToStay(ada)
  t.is((await rp.userinfo(tokens.access_token, ada.id)).sub, ada.id)
})

test.serial('sessions and tokens from a restored copy of the store are refused', async t => {
  const time = new TimeTravel(t)
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)
  const [session, grant] = await Promise.all([
    app.artifacts.byAccount('Session', ada.id),
    app.artifacts.byAccount('Grant', ada.id),
  ])
  const access = await app.artifacts.get('AccessToken', tokens.access_token)
  const refresh = await app.artifacts.get('RefreshToken', tokens.refresh_token!)
  time.pass(2)
  await signOut(ada.id)

  const put = (kind: string, id: unknown, payload: Artifact | undefined) =>
    app.artifacts.commit([{ do: 'put', kind, id: String(id), payload: payload!, ttl: 600 }])
  await put('Grant', grant[0]!.payload.jti, grant[0]!.payload)
  await put('AccessToken', tokens.access_token, access)
  await put('RefreshToken', tokens.refresh_token, refresh)
  const cookie = [...browser.cookies.values()].find(({ name }) => name.endsWith('session'))!
  await put('Session', cookie.value, { ...session[0]!.payload, jti: cookie.value })

  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.true(await asksToSignIn(rp, browser))
})
