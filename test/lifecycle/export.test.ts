import test from 'ava'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const gatehouse = await startGatehouse()
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

/** The part of the export that has the rows of each table that refers to accounts. */
const PARTS = {
  account: 'account',
  password: 'password',
  former_password: 'password',
  passkey: 'passkeys',
  assignment: 'roles',
  consent: 'consents',
  one_time_link: 'links',
  known_browser: 'devices',
  totp: 'factors',
  factor_reset: 'factors',
  recovery_code: 'factors',
  identity_link: 'connections',
  username: 'usernames',
  impersonation: 'impersonations',
  audit_event: 'history',
  artifact: 'sessions',
  revocation: 'history',
} as const

test('every table that refers to accounts is in the export', async t => {
  const owned = await app.em.fork().execute<{ table_name: string }[]>(
    `select distinct table_name from information_schema.columns
     where table_schema = 'public'
       and (column_name in ('account_id', 'actor_id') or (column_name = 'subject' and data_type = 'uuid'))
     union select 'account'
     union select distinct r.table_name from information_schema.referential_constraints c
       join information_schema.key_column_usage r on r.constraint_name = c.constraint_name
       join information_schema.constraint_column_usage u on u.constraint_name = c.unique_constraint_name
     where u.table_name = 'account'`,
  )
  t.deepEqual(owned.map(({ table_name }) => table_name).sort(), Object.keys(PARTS).sort())
  const person = await makePerson(gatehouse)
  const exported = await testAccounts.with(person.id, account => app.export.of(account))
  for (const part of Object.values(PARTS)) t.true(part in exported, part)
})

test('the export has everything stored about a person, and no secret', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse, { name: 'Photos' })
  const { tokens } = await rp.signInToStay(ada)
  await testAccounts.with(ada.id, account => app.profiles.update(account, { nickname: 'Countess' }, { by: stranger() }))
  await app.scope(() => app.passwordReset.request(ada.email, { by: stranger() }))
  const secret = await testAccounts.token(ada.email, 'reset-password')
  const codes = await testAccounts.with(ada.id, account => {
    const { proposal, secret } = app.totps.propose(account)
    const code = new Authenticator(secret, app.clock).code()
    return app.factorChanges.addTotp(account, { proposal, code }, { by: stranger() })
  })
  const exported = await testAccounts.with(ada.id, account => app.export.of(account))

  t.like(exported.account, { id: ada.id, email: ada.email, emailVerified: false })
  t.deepEqual(exported.profile, { name: 'Ada', nickname: 'Countess' })
  t.true(exported.password.changedAt instanceof Date)
  t.deepEqual(exported.roles.map(({ role }) => role).sort(), ['admin', 'subscriber'])
  t.like(exported.consents[0], { client: rp.id, name: 'Photos' })
  t.is(exported.sessions.length, 1)
  t.is(exported.grants.length, 1)
  t.is(exported.devices.length, 1)
  t.true(exported.factors.authenticatorApp?.addedAt instanceof Date)
  t.deepEqual(new Set(exported.factors.recoveryCodes.map(({ usedAt }) => usedAt)), new Set([null]))
  t.is(exported.factors.recoveryCodes.length, 10)
  t.like(exported.links[0], { purpose: 'reset-password', address: ada.email, usedAt: null })
  const kinds = exported.history.map(({ kind }) => kind)
  for (const kind of ['account.registered', 'sign-in.succeeded', 'consent.given', 'profile.updated'])
    t.true(kinds.includes(kind), kind)

  const text = JSON.stringify(exported)
  const rows = await app.em
    .fork()
    .execute<{ digest: string }[]>(
      'select digest from password where account_id = ? union select digest from one_time_link where account_id = ? union select digest from known_browser where account_id = ? union select digest from recovery_code where account_id = ? union select sealed from totp where account_id = ?',
      Array(5).fill(ada.id),
    )
  t.true(rows.length >= 14)
  for (const { digest } of rows) t.false(text.includes(digest))
  for (const each of [PASSWORD, secret, tokens.refresh_token!, tokens.access_token, ...codes!])
    t.false(text.includes(each))
})

test('A-02: the export has nothing about another person', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const text = JSON.stringify(await testAccounts.with(ada.id, account => app.export.of(account)))
  t.false(text.includes(grace.id) || text.includes(grace.email))
})
