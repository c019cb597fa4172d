import { generateKeyPairSync, randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput, WrongCredentials } from '../../src/base/refusals.ts'
import { stranger } from '../lifecycle/test-accounts.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import type { Habits } from '../support/security-key.ts'
import { as, Keyring } from './keyring.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const keyring = new Keyring(gatehouse)
const { testAccounts } = keyring
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

async function refused(t: ExecutionContext, work: Promise<unknown>, fields: Record<string, string>) {
  t.deepEqual((await t.throwsAsync(work, { instanceOf: InvalidInput }))?.fields, fields)
}

test('S-10: all challenges differ, and each has 256 bits', async t => {
  const challenges = await app.scope(() =>
    Promise.all(
      Array.from({ length: 100 }, async () => (await app.passkeyAuthentication.options(null)).options.challenge),
    ),
  )
  t.is(new Set(challenges).size, 100)
  for (const challenge of challenges) t.is(Buffer.from(challenge, 'base64url').length, 32)
})

test('M-08: a response that does not match the request does not sign in', async t => {
  const { id, key } = await keyring.person()
  const other = await keyring.person()
  const wrong: Partial<Habits>[] = [
    { origin: 'https://evil.example' },
    { origin: 'http://localhost' },
    { rpId: 'evil.example' },
    { challenge: randomBytes(32).toString('base64url') },
    { type: 'webauthn.create' },
    { verifies: false },
    { present: false },
    { framed: true },
    { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
    { id: other.key.id },
    { userHandle: null },
    { userHandle: Buffer.from(other.id.replaceAll('-', ''), 'hex').toString('base64url') },
    { backupEligible: true },
  ]
  for (const instead of wrong) await t.throwsAsync(keyring.signIn(key, instead), { instanceOf: WrongCredentials })
  t.is((await keyring.signIn(key)).account.id, id)
  const [mine] = await keyring.of(id)
  t.true(mine?.lastUsedAt instanceof Date)
  t.is((await keyring.of(other.id))[0]?.lastUsedAt, null)
})

test('M-08: an unknown passkey is refused with the same message as a wrong one', async t => {
  const { key } = await keyring.person()
  const errors = await Promise.all(
    [
      keyring.signIn(keyring.newKey()),
      keyring.signIn(key, { origin: 'https://evil.example' }),
      keyring.signIn(key, { id: 'AAAA' }),
    ].map(async trying => trying.catch(error => ({ code: error.code, message: error.message, status: error.status }))),
  )
  t.is(new Set(errors.map(each => JSON.stringify(each))).size, 1)
})

test('M-08: malformed responses are refused without an internal error', async t => {
  const { id } = await makePerson(gatehouse)
  for (const response of ['', 'null', '{', '[]', '{"id":"AAAA"}', null, 7, { id: {} }, { id: 'x'.repeat(100_000) }]) {
    await testAccounts.with(id, async account => {
      const { challengeToken } = await app.passkeys.registrationOptions(account)
      await refused(t, app.passkeys.register(account, { challengeToken, response }, as(account)), {
        passkey: 'refused',
      })
      const asked = await app.passkeyAuthentication.options(null)
      const trying = app.passkeyAuthentication.verify(
        { challengeToken: asked.challengeToken, response },
        { by: stranger() },
      )
      await t.throwsAsync(trying, { instanceOf: WrongCredentials })
    })
  }
})

test('M-08: a challenge accepts one response, valid or invalid', async t => {
  const { id, key } = await keyring.person()
  const other = (await gatehouse.another()).app
  const { options, challengeToken } = await app.scope(() => app.passkeyAuthentication.options(null))
  const response = key.get(options)
  const verify = ({ scope, passkeyAuthentication } = app) =>
    scope(() => passkeyAuthentication.verify({ challengeToken, response }, { by: stranger() }))
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => verify(i % 2 ? app : other)))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.like(await t.throwsAsync(verify(), { instanceOf: InvalidInput }), { fields: { passkey: 'expired' } })

  await testAccounts.with(id, async account => {
    const asked = await app.passkeyAuthentication.options(account)
    const answer = (instead: Partial<Habits>) => ({
      challengeToken: asked.challengeToken,
      response: key.get(asked.options, instead),
      account,
    })
    await t.throwsAsync(app.passkeyAuthentication.verify(answer({ rpId: 'evil.example' }), { by: stranger() }), {
      instanceOf: WrongCredentials,
    })
    await t.throwsAsync(app.passkeyAuthentication.verify(answer({}), { by: stranger() }), { instanceOf: InvalidInput })
  })
})

test.serial('F-5: a challenge accepts one response, even if Redis has lost its data in the meantime', async t => {
  const { key } = await keyring.person()
  const { options, challengeToken } = await app.scope(() => app.passkeyAuthentication.options(null))
  const response = key.get(options)
  const verify = () =>
    app.scope(() => app.passkeyAuthentication.verify({ challengeToken, response }, { by: stranger() }))
  await verify()
  await app.redis?.flushdb()
  t.like(await t.throwsAsync(verify(), { instanceOf: InvalidInput }), { fields: { passkey: 'expired' } })
})

test('M-08: a challenge works for one purpose and one account', async t => {
  const ada = await keyring.person()
  const grace = await keyring.person()
  await testAccounts.with(ada.id, async account => {
    const hers = await app.accounts.find(grace.id)
    const registration = await app.passkeys.registrationOptions(account)
    const second = await app.passkeyAuthentication.options(account)
    const alone = await app.passkeyAuthentication.options(null)
    const { passkeys, passkeyAuthentication } = app
    const key = keyring.newKey()
    const refused = [
      () =>
        passkeyAuthentication.verify(
          { challengeToken: registration.challengeToken, response: ada.key.get(registration.options) },
          { by: stranger() },
        ),
      () =>
        passkeyAuthentication.verify(
          { challengeToken: second.challengeToken, response: ada.key.get(second.options) },
          { by: stranger() },
        ),
      () =>
        passkeyAuthentication.verify(
          { challengeToken: second.challengeToken, response: ada.key.get(second.options), account: hers },
          { by: stranger() },
        ),
      () =>
        passkeys.register(
          hers,
          { challengeToken: registration.challengeToken, response: key.create(registration.options) },
          as(hers),
        ),
      () =>
        passkeys.register(
          account,
          { challengeToken: alone.challengeToken, response: key.create(registration.options) },
          as(account),
        ),
      () =>
        passkeyAuthentication.verify(
          { challengeToken: 'v1.nonsense.AAAA', response: ada.key.get(alone.options) },
          { by: stranger() },
        ),
    ]
    for (const trying of refused) await t.throwsAsync(trying(), { instanceOf: InvalidInput })
  })
})

test('M-08: the passkey of one account does not authenticate another', async t => {
  const ada = await keyring.person()
  const grace = await keyring.person()
  await t.throwsAsync(keyring.confirm(ada.id, grace.key), { instanceOf: WrongCredentials })
  await testAccounts.with(ada.id, async account => {
    const { options, challengeToken } = await app.passkeyAuthentication.options(null)
    const trying = app.passkeyAuthentication.verify(
      { challengeToken, response: grace.key.get(options), account },
      { by: stranger() },
    )
    await t.throwsAsync(trying, { instanceOf: WrongCredentials })
  })
  t.is((await keyring.signIn(grace.key)).account.id, grace.id)
  await refused(t, keyring.add(ada.id, grace.key), { passkey: 'taken' })
  t.is((await keyring.of(ada.id)).length, 1)
})

test('M-08: a counter that does not increase reveals a cloned passkey, which is refused and recorded', async t => {
  const { id, key } = await keyring.person({ counter: 5 })
  t.truthy(await keyring.signIn(key, { counter: 6 }))
  for (const counter of [6, 5, 1, 0])
    await t.throwsAsync(keyring.signIn(key, { counter }), { instanceOf: WrongCredentials })
  const alarms = (await testAccounts.history(id)).filter(kind => kind === 'factor.passkey-cloned')
  t.is(alarms.length, 4)
  const { email } = await testAccounts.account(id)
  const emails = await queuedEmails(gatehouse, email, 'factor-changed')
  t.deepEqual(
    emails.map(({ data }) => data.change),
    ['passkey-cloned'],
  )
  t.truthy(await keyring.signIn(key, { counter: 7 }))
})

test('M-08: of two simultaneous uses with the same counter in two processes, one succeeds', async t => {
  const { key } = await keyring.person({ counter: 1 })
  const other = (await gatehouse.another()).app
  const tries = Array.from({ length: 8 }, (_, i) => keyring.signIn(key, { counter: 9 }, i % 2 ? app : other))
  t.is((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
})

test('M-08: a response without a valid signature causes no alert about a cloned passkey', async t => {
  const { id, key } = await keyring.person({ counter: 5 })
  const forged = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  await t.throwsAsync(keyring.signIn(key, { counter: 1, key: forged }), { instanceOf: WrongCredentials })
  const history = await testAccounts.history(id)
  t.true(history.includes('factor.passkey-refused'))
  t.false(history.includes('factor.passkey-cloned'))
})

test('synced passkeys need no counter, and may be backed up or not', async t => {
  const { id, key, passkey } = await keyring.person({ backupEligible: true })
  t.true(passkey.synced)
  for (const backedUp of [true, true, false]) {
    await keyring.signIn(key, { backedUp })
    t.is((await keyring.of(id))[0]?.backedUp, backedUp)
  }
  await t.throwsAsync(keyring.signIn(key, { backupEligible: false }), { instanceOf: WrongCredentials })
})

test('as a second factor, a passkey without user verification is accepted and reported as such', async t => {
  const { id, key } = await keyring.person()
  t.false((await keyring.confirm(id, key, { verifies: false })).userVerified)
  t.true((await keyring.confirm(id, key)).userVerified)
  t.true((await keyring.confirm(id, key, { userHandle: null })).userVerified)
})

test('the passkey of a suspended account is refused with the same message', async t => {
  const { id, key } = await keyring.person()
  await app.scope(() => app.suspension.suspend(id, { by: operator }))
  await t.throwsAsync(keyring.signIn(key), { instanceOf: WrongCredentials })
  t.true((await testAccounts.history(id)).includes('factor.passkey-refused'))
})

test.serial('a challenge expires', async t => {
  const { id, key } = await keyring.person()
  const { options, challengeToken } = await app.scope(() => app.passkeyAuthentication.options(null))
  clock.advance(5 * 60 + 1)
  const trying = app.scope(() =>
    app.passkeyAuthentication.verify({ challengeToken, response: key.get(options) }, { by: stranger() }),
  )
  await t.throwsAsync(trying, { instanceOf: InvalidInput })
  t.is((await keyring.signIn(key)).account.id, id)
  clock.advance(-5 * 60 - 1)
})
