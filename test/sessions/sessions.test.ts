import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { sessions, grants, scope } = gatehouse.app
const revoke = (accountId: string, key: string) => scope(() => sessions.revoke(accountId, key, { by: operator }))
test.after.always(() => gatehouse.stop())

test('each browser is a session, listed with its applications, newest first', async t => {
  const ada = await makePerson(gatehouse)
  const [shop, forum] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  const [phone, laptop] = [new Browser(gatehouse.url), new Browser(gatehouse.url)]
  const began = Math.floor(Date.now() / 1000) * 1000
  await shop.signIn(ada, {}, phone)
  await shop.signIn(ada, {}, laptop)
  await forum.signIn(ada, {}, laptop)

  const listed = await sessions.of(ada.id)
  t.deepEqual(listed.map(({ clients }) => clients.toSorted()).sort(), [[shop.id], [shop.id, forum.id].sort()].sort())
  for (const { signedInAt, expiresAt } of listed) {
    t.true(signedInAt.getTime() >= began && signedInAt.getTime() <= Date.now())
    t.true(expiresAt > signedInAt)
  }
  const times = listed.map(({ signedInAt }) => signedInAt.getTime())
  t.deepEqual(times, times.toSorted().reverse())
})

test('the key of a session gives no access', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser } = await rp.signIn(ada)
  const [session] = await sessions.of(ada.id)
  const values = [...browser.cookies.values()].map(({ value }) => value)
  t.false(values.includes(session!.key))
  t.is(await gatehouse.app.artifacts.get('Session', session!.key), undefined)
})

test('S-06: a revoked session loses all its grants and tokens; other sessions keep theirs', async t => {
  const ada = await makePerson(gatehouse)
  const [shop, forum] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  const [phone, laptop] = [new Browser(gatehouse.url), new Browser(gatehouse.url)]
  const lost = await shop.signInToStay(ada, phone)
  const kept = await forum.signInToStay(ada, laptop)
  const onPhone = (await sessions.of(ada.id)).find(({ clients }) => clients.includes(shop.id))

  await revoke(ada.id, onPhone!.key)

  t.deepEqual(
    (await sessions.of(ada.id)).map(({ clients }) => clients),
    [[forum.id]],
  )
  t.deepEqual(
    (await grants.of(ada.id)).map(({ clientId }) => clientId),
    [forum.id],
  )
  await t.throwsAsync(shop.refresh(lost.tokens.refresh_token!))
  await t.throwsAsync(shop.userinfo(lost.tokens.access_token, ada.id))
  await phone.open((await shop.begin()).url.href)
  t.not(phone.field('email'), undefined)
  await t.notThrowsAsync(forum.refresh(kept.tokens.refresh_token!))
  await laptop.open((await forum.begin()).url.href)
  t.true(laptop.page.url.startsWith('https://app.example.org/callback?code='))
})

test('A-02: the session of another account, or one that does not exist, cannot be revoked', async t => {
  const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const rp = await RelyingParty.register(gatehouse)
  await rp.signIn(ada)
  const [session] = await sessions.of(ada.id)
  await t.throwsAsync(revoke(eve.id, session!.key), { instanceOf: NotFound })
  await t.throwsAsync(revoke(ada.id, 'no such session'), { instanceOf: NotFound })
  t.is((await sessions.of(ada.id)).length, 1)
  t.deepEqual(await sessions.of(eve.id), [])
})
