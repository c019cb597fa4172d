import test from 'ava'
import { newId } from '../../src/base/ids.ts'
import type { AuthenticationResult } from '../../src/federation/protocol/authentication-result.ts'
import { isLoggedOut } from '../../src/federation/sessions/upstream-sessions.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { upstreamSessions: visits, artifacts } = gatehouse.app
test.after.always(() => gatehouse.stop())

const provider = () => ({ id: newId(), name: 'google' })

function answer({ sub = newId(), sid = newId(), idToken = 'a.b.c' as string | null } = {}): AuthenticationResult {
  const tokens = { accessToken: 'a', refreshToken: null, expiresAt: null, scope: null }
  return { claims: { sub, email: 'ada@example.org' }, sid: idToken && sid, idToken, tokens }
}

test('an upstream session is found by the name in our session', async t => {
  const [google, place, ada, said] = [provider(), newId(), newId(), answer()]
  await visits.begin(place, google, said)
  const settled = await visits.establish(place, ada)
  t.is(settled?.provider, 'google')
  t.deepEqual(await visits.find(settled!.name), {
    providerId: google.id,
    provider: 'google',
    subject: String(said.claims.sub),
    sid: said.sid,
    idToken: 'a.b.c',
  })
  t.is(await visits.establish(place, ada), null, 'once')
  t.is(await visits.find(newId()), null)
})

test('the last upstream session of an interaction counts', async t => {
  const [google, place] = [provider(), newId()]
  const [first, second] = [answer(), answer()]
  await visits.begin(place, google, first)
  await visits.begin(place, google, second)
  const { name } = (await visits.establish(place, newId()))!
  t.is((await visits.find(name))?.sid, second.sid)
  t.is(await visits.establish(newId(), newId()), null)
})

test('accounts are found by subject or session of the same provider', async t => {
  const [google, place] = [provider(), newId()]
  const said = answer()
  const [ada, eve] = [newId(), newId()]
  for (const account of [ada, eve]) {
    await visits.begin(place, google, said)
    await visits.establish(place, account)
  }
  const subject = String(said.claims.sub)
  t.deepEqual(await visits.accountsOf(google.id, { subject, sid: null }), [ada, eve])
  t.deepEqual(await visits.accountsOf(google.id, { subject: null, sid: said.sid }), [ada, eve])
  t.deepEqual(await visits.accountsOf(newId(), { subject, sid: said.sid }), [])
  t.deepEqual(
    await visits.accountsOf(google.id, { subject: said.sid, sid: subject }),
    [],
    'neither stands for the other',
  )
})

test('plain OAuth 2.0 has neither subject nor session, and finds no account', async t => {
  const [github, place] = [provider(), newId()]
  const said = answer({ idToken: null })
  await visits.begin(place, github, said)
  const { name } = (await visits.establish(place, newId()))!
  t.like(await visits.find(name), { subject: null, sid: null, idToken: null })
  t.deepEqual(await visits.accountsOf(github.id, { subject: String(said.claims.sub), sid: null }), [])
})

test('stored upstream sessions reveal neither the person nor the ID token', async t => {
  const [google, place, said] = [provider(), newId(), answer({ idToken: 'header.secret.signature' })]
  await visits.begin(place, google, said)
  const kept = await artifacts.get('PendingUpstreamSession', place)
  const { name } = (await visits.establish(place, newId()))!
  for (const record of [kept, await artifacts.get('UpstreamSession', name)]) {
    t.truthy(record)
    for (const secret of ['secret', String(said.claims.sub), String(said.sid)])
      t.false(JSON.stringify(record).includes(secret))
  }
})

test('a session without a sid is logged out with its subject', t => {
  const visit = { providerId: newId(), provider: 'google', subject: 'ada', sid: null, idToken: 'a.b.c' }
  t.true(isLoggedOut({ subject: 'ada', sid: 'any' }, visit))
  t.true(isLoggedOut({ subject: 'ada', sid: null }, visit))
  t.false(isLoggedOut({ subject: 'eve', sid: 'any' }, visit))
  t.false(isLoggedOut({ subject: null, sid: 'any' }, visit))
  const named = { ...visit, sid: 'hers' }
  t.true(isLoggedOut({ subject: null, sid: 'hers' }, named))
  t.false(isLoggedOut({ subject: 'ada', sid: 'another' }, named))
  t.false(isLoggedOut({ subject: 'eve', sid: 'hers' }, named))
})
