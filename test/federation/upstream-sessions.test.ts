import test from 'ava'
import { newId } from '../../src/base/ids.ts'
import type { AuthenticationResult } from '../../src/federation/protocol/authentication-result.ts'
import { isLoggedOut } from '../../src/federation/sessions/upstream-sessions.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { upstreamSessions, artifacts } = gatehouse.app
test.after.always(() => gatehouse.stop())

const provider = () => ({ id: newId(), name: 'google' })

function resultWith({ sub = newId(), sid = newId(), idToken = 'a.b.c' as string | null } = {}): AuthenticationResult {
  const tokens = { accessToken: 'a', refreshToken: null, expiresAt: null, scope: null }
  return { claims: { sub, email: 'ada@example.org' }, sid: idToken && sid, idToken, tokens }
}

test('an upstream session is found by the name in our session', async t => {
  const [google, interaction, ada, result] = [provider(), newId(), newId(), resultWith()]
  await upstreamSessions.begin(interaction, google, result)
  const established = await upstreamSessions.establish(interaction, ada)
  t.is(established?.provider, 'google')
  t.deepEqual(await upstreamSessions.find(established!.name), {
    providerId: google.id,
    provider: 'google',
    subject: String(result.claims.sub),
    sid: result.sid,
    idToken: 'a.b.c',
  })
  t.is(await upstreamSessions.establish(interaction, ada), null, 'it can be established only once')
  t.is(await upstreamSessions.find(newId()), null)
})

test('if an interaction has several upstream sessions, the last one is used', async t => {
  const [google, interaction] = [provider(), newId()]
  const [first, second] = [resultWith(), resultWith()]
  await upstreamSessions.begin(interaction, google, first)
  await upstreamSessions.begin(interaction, google, second)
  const { name } = (await upstreamSessions.establish(interaction, newId()))!
  t.is((await upstreamSessions.find(name))?.sid, second.sid)
  t.is(await upstreamSessions.establish(newId(), newId()), null)
})

test('accounts are found by subject or session of the same provider', async t => {
  const [google, interaction] = [provider(), newId()]
  const result = resultWith()
  const [ada, eve] = [newId(), newId()]
  for (const account of [ada, eve]) {
    await upstreamSessions.begin(interaction, google, result)
    await upstreamSessions.establish(interaction, account)
  }
  const subject = String(result.claims.sub)
  t.deepEqual(await upstreamSessions.accountsOf(google.id, { subject, sid: null }), [ada, eve])
  t.deepEqual(await upstreamSessions.accountsOf(google.id, { subject: null, sid: result.sid }), [ada, eve])
  t.deepEqual(await upstreamSessions.accountsOf(newId(), { subject, sid: result.sid }), [])
  t.deepEqual(
    await upstreamSessions.accountsOf(google.id, { subject: result.sid, sid: subject }),
    [],
    'a sid is not compared with a subject, or the other way round',
  )
})

test('an upstream session of plain OAuth 2.0 has neither subject nor sid, and finds no account', async t => {
  const [github, interaction] = [provider(), newId()]
  const result = resultWith({ idToken: null })
  await upstreamSessions.begin(interaction, github, result)
  const { name } = (await upstreamSessions.establish(interaction, newId()))!
  t.like(await upstreamSessions.find(name), { subject: null, sid: null, idToken: null })
  t.deepEqual(await upstreamSessions.accountsOf(github.id, { subject: String(result.claims.sub), sid: null }), [])
})

test('stored upstream sessions reveal neither the person nor the ID token', async t => {
  const [google, interaction, result] = [provider(), newId(), resultWith({ idToken: 'header.secret.signature' })]
  await upstreamSessions.begin(interaction, google, result)
  const kept = await artifacts.get('PendingUpstreamSession', interaction)
  const { name } = (await upstreamSessions.establish(interaction, newId()))!
  for (const record of [kept, await artifacts.get('UpstreamSession', name)]) {
    t.truthy(record)
    for (const secret of ['secret', String(result.claims.sub), String(result.sid)])
      t.false(JSON.stringify(record).includes(secret))
  }
})

test('a logout token matches a session by its sid, or by its subject if the session has no sid', t => {
  const session = { providerId: newId(), provider: 'google', subject: 'ada', sid: null, idToken: 'a.b.c' }
  t.true(isLoggedOut({ subject: 'ada', sid: 'any' }, session))
  t.true(isLoggedOut({ subject: 'ada', sid: null }, session))
  t.false(isLoggedOut({ subject: 'eve', sid: 'any' }, session))
  t.false(isLoggedOut({ subject: null, sid: 'any' }, session))
  const withSid = { ...session, sid: 'hers' }
  t.true(isLoggedOut({ subject: null, sid: 'hers' }, withSid))
  t.false(isLoggedOut({ subject: 'ada', sid: 'another' }, withSid))
  t.false(isLoggedOut({ subject: 'eve', sid: 'hers' }, withSid))
})
