import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { as, Keyring } from '../credentials/keyring.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

const gatehouse = await startGatehouse()
const people = new UpstreamIdentities(gatehouse)
const keyring = new Keyring(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider()
test.after.always(() => gatehouse.stop())
const lastMethod = { instanceOf: Forbidden, message: /last sign-in method/ }

/** A person whose account was created by signing in with a provider. */
async function upstreamAccount() {
  const ada = people.upstreamUser()
  const received = await people.receive(provider, ada)
  if (!('account' in received)) throw new Error('the sign-in created no account')
  return { id: received.account.id, ada, link: await linkOf(received.account.id) }
}

async function linkOf(id: string): Promise<string> {
  return (await app.scope(() => app.identityLinks.of(id)))[0]!.id
}

const methodsOf = (id: string) => testAccounts.with(id, account => app.signInMethods.of(account))
const setPassword = (id: string) =>
  testAccounts.with(id, account => app.passwordChanges.add(account, PASSWORD, { by: stranger() }))
const removePassword = (id: string, { scope, accounts, passwordChanges } = app) =>
  scope(async () => {
    const account = await accounts.find(id)
    return passwordChanges.remove(account, as(account))
  })

test('the only linked identity cannot be removed until there is another sign-in method', async t => {
  const { id, ada, link } = await upstreamAccount()
  t.deepEqual(await methodsOf(id), { password: false, passkeys: 0, connections: 1 })
  const error = await t.throwsAsync(people.disconnect(id, link), lastMethod)
  t.is(error?.code, 'last_sign_in_method')
  t.is((await people.receive(provider, ada)).outcome, 'returning')
  t.deepEqual(await testAccounts.emails(ada.email), ['welcome'], 'nothing was removed, and no email was sent')

  await setPassword(id)
  await people.disconnect(id, link)
  t.deepEqual(await methodsOf(id), { password: true, passkeys: 0, connections: 0 })
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
})

test('while one of password, passkey and linked identity remains, the others can be removed', async t => {
  const ada = await makePerson(gatehouse)
  await t.throwsAsync(removePassword(ada.id), lastMethod)
  const link = await people.connect(ada.id, provider, people.upstreamUser())
  await removePassword(ada.id)
  await t.throwsAsync(people.disconnect(ada.id, link.id), lastMethod)
  const passkey = await keyring.add(ada.id, keyring.newKey())
  await people.disconnect(ada.id, link.id)
  const removePasskey = () =>
    testAccounts.with(ada.id, account => app.factorChanges.removePasskey(account, passkey.id, as(account)))
  await t.throwsAsync(removePasskey(), lastMethod)
  await people.connect(ada.id, provider, people.upstreamUser())
  await removePasskey()
  t.deepEqual(await methodsOf(ada.id), { password: false, passkeys: 0, connections: 1 })
})

test('an identity of a provider that is turned off does not count as a sign-in method', async t => {
  const closing = await people.provider()
  const ada = await makePerson(gatehouse)
  await people.connect(ada.id, closing, people.upstreamUser())
  await app.scope(() => app.identityProviders.disable(closing.name, { by: operator }))
  await t.throwsAsync(removePassword(ada.id), lastMethod)
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
})

test('an identity of a provider that is turned off can be removed even if there is no sign-in method', async t => {
  const closing = await people.provider()
  const received = await people.receive(closing, people.upstreamUser())
  if (!('account' in received)) throw new Error('the sign-in created no account')
  const { id } = received.account
  await app.scope(() => app.identityProviders.disable(closing.name, { by: operator }))
  await people.disconnect(id, await linkOf(id))
  t.deepEqual(await people.connected(id), [])
})

test('of two sign-in methods that are removed at once, in two processes, one stays', async t => {
  const other = await gatehouse.another()
  for (let round = 0; round < 3; round++) {
    const { id, link } = await upstreamAccount()
    await setPassword(id)
    const results = await Promise.allSettled([removePassword(id), people.disconnect(id, link, other)])
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    const { password, connections } = await methodsOf(id)
    t.is(Number(password) + connections, 1)
  }
})

test('a person with only a linked identity can set a password with a reset email', async t => {
  const { id, ada } = await upstreamAccount()
  await app.scope(() => app.passwordReset.request(ada.email, { by: stranger() }))
  const token = await testAccounts.token(ada.email, 'reset-password')
  await app.scope(() => app.passwordReset.complete(token, PASSWORD, { by: stranger() }))
  t.deepEqual(
    await methodsOf(id),
    { password: true, passkeys: 0, connections: 1 },
    'with a verified email the identity stays linked',
  )
})
