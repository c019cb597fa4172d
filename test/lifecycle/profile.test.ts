import test from 'ava'
import type { ProfileUpdate } from '../../src/accounts/profile.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const gatehouse = await startGatehouse()
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const update = (id: string, change: object) =>
  testAccounts.with(id, account => app.profiles.update(account, change as ProfileUpdate, { by: stranger() }))

const WHOLE = {
  name: 'Ada King',
  given_name: 'Ada',
  family_name: 'King',
  middle_name: 'Augusta',
  nickname: 'Countess',
  preferred_username: 'ada',
  profile: 'https://example.org/ada',
  picture: 'https://example.org/ada.png',
  website: 'http://example.org/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  phone_number: '+44 20 7946 0000',
  address: { formatted: '12 St James’s Square\nLondon' },
}

test('an update stores the given claims and keeps the others', async t => {
  const { id } = await makePerson(gatehouse)
  t.deepEqual(await update(id, WHOLE), WHOLE)
  t.deepEqual(await update(id, { nickname: ' Enchantress\tof Numbers ' }), {
    ...WHOLE,
    nickname: 'Enchantress of Numbers',
  })
  const { nickname, address, name, ...rest } = WHOLE
  t.deepEqual(await update(id, { nickname: null, address: null, name: '' }), rest)
  t.deepEqual(await testAccounts.with(id, async account => app.profiles.of(account)), rest)
})

test('every invalid claim is named at once, and nothing changes', async t => {
  const { id } = await makePerson(gatehouse)
  const wrong = {
    nickname: 'x'.repeat(101),
    picture: 'javascript:alert(1)',
    website: 'not an address',
    birthdate: '1815-02-30',
    zoneinfo: 'Mars/Olympus',
    locale: 'no language at all',
    phone_number: '12',
    address: { formatted: 'x'.repeat(501) },
  }
  const refusal = await t.throwsAsync(update(id, wrong), { instanceOf: InvalidInput })
  t.deepEqual(refusal?.fields, {
    nickname: 'too-long',
    picture: 'invalid',
    website: 'invalid',
    birthdate: 'invalid',
    zoneinfo: 'invalid',
    locale: 'invalid',
    phone_number: 'invalid',
    address: 'too-long',
  })
  t.deepEqual(await testAccounts.with(id, async account => app.profiles.of(account)), { name: 'Ada' })
})

test('a birthdate can omit the year, or be only a year', async t => {
  const { id } = await makePerson(gatehouse)
  for (const birthdate of ['0000-02-29', '1815']) t.is((await update(id, { birthdate })).birthdate, birthdate)
  for (const birthdate of ['0000', '0000-02-30', '15-12-10', '1815-13-01'])
    await t.throwsAsync(update(id, { birthdate }))
})

test('A-03: only profile claims are accepted', async t => {
  const { id, email } = await makePerson(gatehouse)
  const hostile = { id: 'x', email: 'e@example.org', emailVerified: true, email_verified: true, roles: ['superuser'] }
  for (const [field, value] of Object.entries(hostile)) {
    const refusal = await t.throwsAsync(update(id, { [field]: value }), { instanceOf: InvalidInput })
    t.deepEqual(refusal?.fields, { [field]: 'unknown' })
  }
  await t.throwsAsync(update(id, JSON.parse('{"__proto__":{"name":"x"}}')), { instanceOf: InvalidInput })
  t.like(await testAccounts.account(id), { email, emailVerified: false, name: 'Ada' })
})

test('applications that may see the profile get it as claims; others do not', async t => {
  const ada = await makePerson(gatehouse)
  const { name: _, ...rest } = WHOLE
  const expected = { ...rest, preferred_username: 'countess' }
  await update(ada.id, expected)
  const { phone_number, address, ...profile } = expected
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn(ada)
  const claims = await rp.userinfo(tokens.access_token, ada.id)
  t.like(claims, { ...profile, name: 'Ada' })
  t.is(typeof claims.updated_at, 'number')
  t.is(claims.phone_number, undefined)
  t.is(claims.address, undefined)

  const emailOnly = await RelyingParty.register(gatehouse)
  const few = await emailOnly.signIn(ada, { scope: 'openid email' })
  t.is((await emailOnly.userinfo(few.tokens.access_token, ada.id)).nickname, undefined)

  const scope = 'openid phone address'
  const shop = await RelyingParty.register(gatehouse, { scopes: scope.split(' ') })
  const more = await shop.signIn(ada, { scope })
  t.like(await shop.userinfo(more.tokens.access_token, ada.id), { phone_number, phone_number_verified: false, address })
})
