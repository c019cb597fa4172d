import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import type { GrantFilter } from '../../src/grants/grants.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { grants } = gatehouse.app
const revoke = (accountId: string, which: GrantFilter = {}) =>
  gatehouse.app.scope(() => grants.revoke(accountId, which, { by: operator }))
test.after.always(() => gatehouse.stop())

test('a grant lists its application and scopes', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  await rp.signInToStay(ada)
  const [grant, ...others] = await grants.of(ada.id)
  t.deepEqual(others, [])
  t.is(grant?.clientId, rp.id)
  t.deepEqual(grant?.scope.split(' ').sort(), ['email', 'offline_access', 'openid', 'profile', 'roles'])
  t.true(grant!.expiresAt.getTime() > Date.now())
})

test('C-13: revoking a grant revokes all its tokens, and no others', async t => {
  const ada = await makePerson(gatehouse)
  const [shop, forum] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  const [revoked, kept] = [await shop.signInToStay(ada), await forum.signInToStay(ada)]
  const second = await shop.refresh(revoked.tokens.refresh_token!)
  const grant = (await grants.of(ada.id)).find(({ clientId }) => clientId === shop.id)

  await revoke(ada.id, { id: grant!.id })

  await t.throwsAsync(shop.refresh(second.refresh_token!))
  for (const { access_token } of [revoked.tokens, second]) await t.throwsAsync(shop.userinfo(access_token, ada.id))
  await t.notThrowsAsync(forum.refresh(kept.tokens.refresh_token!))
  t.deepEqual(
    (await grants.of(ada.id)).map(({ clientId }) => clientId),
    [forum.id],
  )
  await t.throwsAsync(revoke(ada.id, { id: grant!.id }), { instanceOf: NotFound })
  const events = await gatehouse.app.scope(() => gatehouse.app.history.of(ada.id, { kinds: ['grant.'] }))
  t.is(events.length, 1)
  t.like(events[0], { kind: 'grant.revoked', client: shop.id, byOperator: true })
})

test('all grants of a person, or only those of one application, can be revoked', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [shop, forum] = [await RelyingParty.register(gatehouse), await RelyingParty.register(gatehouse)]
  for (const rp of [shop, shop, forum]) await rp.signInToStay(ada)
  await shop.signInToStay(grace)
  t.is((await revoke(ada.id, { clientId: shop.id })).length, 2)
  t.deepEqual(
    (await grants.of(ada.id)).map(({ clientId }) => clientId),
    [forum.id],
  )
  t.is((await revoke(ada.id)).length, 1)
  t.is((await revoke(ada.id)).length, 0)
  t.is((await grants.of(grace.id)).length, 1)
})
