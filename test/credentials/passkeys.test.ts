import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput, NotFound, WrongCredentials } from '../../src/base/refusals.ts'
import { MOST_PASSKEYS } from '../../src/credentials/passkeys/passkeys.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { type Habits, SecurityKey } from '../support/security-key.ts'
import { as, Keyring } from './keyring.ts'

const gatehouse = await startGatehouse()
const keyring = new Keyring(gatehouse)
const { testAccounts, origin } = keyring
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

async function refused(t: ExecutionContext, work: Promise<unknown>, fields: Record<string, string>) {
  t.deepEqual((await t.throwsAsync(work, { instanceOf: InvalidInput }))?.fields, fields)
}

test('a passkey can be added, and is sufficient to sign in', async t => {
  const { id, key, passkey } = await keyring.person({ aaguid: 'd548826e-79b4-db40-a3d8-11116f7e8349' })
  t.like(passkey, { name: 'Bitwarden', synced: false, lastUsedAt: undefined })
  const signedIn = await keyring.signIn(key)
  t.is(signedIn.account.id, id)
  t.is(signedIn.passkey.id, passkey.id)
  t.true(signedIn.userVerified)
  const [kept] = await keyring.of(id)
  t.true(kept?.lastUsedAt instanceof Date)
  t.deepEqual(kept?.transports, ['internal', 'hybrid'])
  t.true((await testAccounts.history(id)).includes('factor.passkey-added'))
})

test('the WebAuthn options name the host of PUBLIC_URL, require user verification, and contain no secret', async t => {
  const { id, key } = await keyring.person()
  const { options } = await testAccounts.with(id, account => app.passkeys.registrationOptions(account))
  t.like(options, {
    rp: { id: 'localhost', name: 'localhost' },
    attestation: 'none',
    timeout: 300_000,
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  })
  t.deepEqual(
    options.pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  )
  t.deepEqual(
    options.excludeCredentials?.map(each => each.id),
    [key.id],
  )
  t.is(Buffer.from(options.user.id, 'base64url').toString('hex'), id.replaceAll('-', ''))
  const passwordless = (await app.scope(() => app.passkeyAuthentication.options(null))).options
  t.like(passwordless, { rpId: 'localhost', userVerification: 'required', allowCredentials: undefined })
  const asSecondFactor = (await testAccounts.with(id, account => app.passkeyAuthentication.options(account))).options
  t.like(asSecondFactor, { rpId: 'localhost', userVerification: 'preferred' })
  t.deepEqual(
    asSecondFactor.allowCredentials?.map(each => each.id),
    [key.id],
  )
})

test('M-08: a response that does not match the request adds no passkey', async t => {
  const { id } = await makePerson(gatehouse)
  const wrong: Partial<Habits>[] = [
    { origin: 'https://evil.example' },
    { origin: `${origin}.evil.example`, rpId: 'localhost' },
    { origin: origin.replace('http:', 'https:') },
    { origin: 'http://localhost' },
    { rpId: 'evil.example' },
    { challenge: randomBytes(32).toString('base64url') },
    { type: 'webauthn.get' },
    { verifies: false },
    { present: false },
    { framed: true },
    { backedUp: true },
  ]
  for (const instead of wrong) await refused(t, keyring.add(id, keyring.newKey(), { instead }), { passkey: 'refused' })
  t.deepEqual(await keyring.of(id), [])
})

test('only the requested key algorithms are accepted', async t => {
  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
    const { id } = await makePerson(gatehouse)
    const key = new SecurityKey({ origin }, algorithm)
    await keyring.add(id, key)
    t.is((await keyring.signIn(key)).account.id, id, algorithm)
  }
  const { id } = await makePerson(gatehouse)
  await refused(t, keyring.add(id, new SecurityKey({ origin }, 'ES384')), { passkey: 'refused' })
})

test('M-08, Q-07: an attestation that was not requested is ignored, and the passkey works', async t => {
  const { id } = await makePerson(gatehouse)
  const x5c = [Buffer.from('certificate'), Buffer.from('of its issuer')]
  for (const fmt of ['packed', 'fido-u2f', 'tpm', 'apple', 'android-key', 'android-safetynet', 'made-up']) {
    const key = keyring.newKey()
    const attestation = { fmt, attStmt: new Map<string, unknown>([['x5c', x5c]]) }
    await keyring.add(id, key, { instead: { attestation } })
    t.is((await keyring.signIn(key)).account.id, id, fmt)
  }
})

test('Q-07: the authenticator data next to an attestation is still checked', async t => {
  const { id } = await makePerson(gatehouse)
  const attestation = { fmt: 'packed', attStmt: new Map<string, unknown>([['x5c', [Buffer.from('certificate')]]]) }
  for (const wrong of [{ origin: 'https://evil.example' }, { verifies: false }, { rpId: 'evil.example' }])
    await refused(t, keyring.add(id, keyring.newKey(), { instead: { attestation, ...wrong } }), { passkey: 'refused' })
})

test('an account can have several passkeys, each with a name', async t => {
  const { id, passkey } = await keyring.person({ aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96' })
  await keyring.add(id, keyring.newKey(), { name: '  The key\n on my ring ' })
  await testAccounts.with(id, async account => {
    await app.passkeys.rename(account, passkey.id, 'Desk', as(account))
    await refused(t, app.passkeys.rename(account, passkey.id, ' ', as(account)), { name: 'empty' })
    await refused(t, app.passkeys.rename(account, passkey.id, 'x'.repeat(61), as(account)), {
      name: 'too-long',
    })
  })
  t.deepEqual(
    (await keyring.of(id)).map(({ name }) => name),
    ['Desk', 'The key  on my ring'],
  )
  await refused(t, keyring.add(id, keyring.newKey(), { name: 'x'.repeat(61) }), { name: 'too-long' })
})

test('a passkey of an unknown model is named after the browser that created it', async t => {
  const { id } = await makePerson(gatehouse)
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const { name } = await testAccounts.with(id, async account => {
    const { options, challengeToken } = await app.passkeys.registrationOptions(account)
    const by = { ...as(account).by, userAgent }
    return app.passkeys.register(
      account,
      { challengeToken, response: JSON.stringify(keyring.newKey().create(options)) },
      { by },
    )
  })
  t.is(name, 'Firefox on Linux')
})

test('the number of passkeys of an account is limited', async t => {
  const { id } = await makePerson(gatehouse)
  for (let i = 0; i < MOST_PASSKEYS; i++) await keyring.add(id, keyring.newKey())
  await refused(t, keyring.add(id, keyring.newKey()), { passkey: 'too-many' })
})

test('a removed passkey no longer signs in', async t => {
  const { id, key, passkey } = await keyring.person()
  await testAccounts.with(id, account => app.passkeys.remove(account, passkey.id, as(account)))
  await t.throwsAsync(keyring.signIn(key), { instanceOf: WrongCredentials })
  t.deepEqual(await keyring.of(id), [])
  t.true((await testAccounts.history(id)).includes('factor.passkey-removed'))
})

test('A-02: no one can rename or remove the passkeys of another account', async t => {
  const ada = await keyring.person()
  const grace = await keyring.person()
  await testAccounts.with(grace.id, async account => {
    for (const id of [ada.passkey.id, 'nonsense', '019aa1b2-0000-7000-8000-000000000000']) {
      await t.throwsAsync(app.passkeys.rename(account, id, 'mine', as(account)), { instanceOf: NotFound })
      await t.throwsAsync(app.passkeys.remove(account, id, as(account)), { instanceOf: NotFound })
    }
  })
  t.is((await keyring.signIn(ada.key)).account.id, ada.id)
})

test('a passkey is part of the export, and is deleted with its account', async t => {
  const { id, key } = await keyring.person()
  const exported = await testAccounts.with(id, account => app.export.of(account))
  t.like(exported.passkeys[0], { synced: false, transports: ['internal', 'hybrid'] })
  t.false(JSON.stringify(exported.passkeys).includes(key.id))
  await testAccounts.with(id, account => app.erasure.of(account, { by: operator }))
  t.deepEqual(await app.em.fork().execute('select 1 from passkey where account_id = ?', [id]), [])
  await t.throwsAsync(keyring.signIn(key), { instanceOf: WrongCredentials })
})
