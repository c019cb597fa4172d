import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { Artifacts, Kind, Listed } from '../../src/storage/artifacts/artifacts.ts'
import { PostgresArtifacts } from '../../src/storage/artifacts/postgres-artifacts.ts'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { sqlOf } from '../../src/storage/database/sql.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { active, codeGrant, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { PATIENT } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator

/** The artifact store itself, without the check of recorded revocations. */
const { redisUrl } = app.config
const store: Artifacts = redisUrl
  ? redisArtifacts(connectRedis(redisUrl, PATIENT))
  : new PostgresArtifacts(sqlOf(app.em))
test.after.always(() => store.close())

async function signedIn() {
  const person = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(person)
  return { person, rp, browser, tokens }
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>

/** Copies the person's records. The result restores them, as an old backup of Redis or a lagging replica would. */
async function snapshot({ person, browser, tokens }: SignedIn): Promise<() => Promise<void>> {
  let cookie: string | undefined
  for (const { value } of browser.cookies.values()) if (await store.get('Session', value)) cookie = value
  if (!cookie) throw new Error('the browser has no session')
  const [session] = await store.byAccount('Session', person.id)
  const [grant] = await store.byAccount('Grant', person.id)
  const kept: [Kind, string, Listed['payload']][] = [
    ['Grant', String(grant!.payload.jti), grant!.payload],
    ['Session', cookie, { ...session!.payload, jti: cookie }],
  ]
  for (const [kind, id] of [
    ['RefreshToken', tokens.refresh_token!],
    ['AccessToken', tokens.access_token],
  ] as const)
    kept.push([kind, id, (await store.get(kind, id))!])
  return async () => {
    const changes = kept.map(([kind, id, payload]) => ({ do: 'put' as const, kind, id, payload, ttl: 600 }))
    await store.commit(changes)
  }
}

const revocations: [string, (stay: SignedIn) => Promise<unknown>][] = [
  [
    'the person signs out',
    async ({ browser }) => {
      await browser.open(`${gatehouse.url}/session/end`)
      await browser.submit({ logout: 'yes' })
    },
  ],
  [
    'the session is revoked',
    async ({ person: { id } }) => {
      const [session] = await app.sessions.of(id)
      await app.scope(() => app.sessions.revoke(id, session!.key, { by }))
    },
  ],
  [
    'all other sessions are revoked',
    ({ person: { id } }) => app.scope(() => app.sessions.revokeOthers(id, null, { by })),
  ],
  [
    'a person is suspended and reinstated',
    async ({ person: { id } }) => {
      await app.scope(() => app.suspension.suspend(id, { by }))
      await app.scope(() => app.suspension.reinstate(id, { by }))
    },
  ],
]

for (const [what, end] of revocations) {
  test(`F-12: when ${what}, restoring old records makes neither the session nor the tokens valid`, async t => {
    const stay = await signedIn()
    const restore = await snapshot(stay)
    await restore()
    t.true(await active(stay.rp, stay.tokens.access_token), 'restored records are valid if nothing was revoked')
    const cookies = new Map(stay.browser.cookies)
    await end(stay)
    await restore()

    await isRevoked(t, stay)
    for (const [name, value] of cookies) stay.browser.cookies.set(name, value)
    await stay.browser.open((await stay.rp.begin()).url.href)
    t.not(stay.browser.field('email'), undefined)
    t.deepEqual(await app.sessions.of(stay.person.id), [])
    t.deepEqual(await app.grants.of(stay.person.id), [])
  })
}

test('F-12: a revoked consent stays revoked', async t => {
  const stay = await signedIn()
  const restore = await snapshot(stay)
  await app.scope(() => app.consents.revoke(stay.person.id, stay.rp.id, { by }))
  await restore()
  await isRevoked(t, stay)
  t.deepEqual(await app.grants.of(stay.person.id), [])
})

test('F-12: a chain of refresh tokens that was revoked after reuse stays revoked', async t => {
  const stay = await signedIn()
  const restore = await snapshot(stay)
  const [grant] = await app.grants.of(stay.person.id)
  const begun = await stay.rp.begin({ prompt: 'none' })
  const code = codeGrant(begun, await stay.browser.open(begun.url.href))
  t.is((await stay.rp.post('/token', code)).status, 200)
  isRefusedAs(t, await stay.rp.post('/token', code), 'invalid_grant')
  t.is(await store.get('Grant', grant!.id), undefined)
  await restore()
  await isRevoked(t, stay)
})

test('F-12: a revocation is stored for as long as its session could have lasted, and no longer', async t => {
  const stay = await signedIn()
  const [session] = await app.sessions.of(stay.person.id)
  await stay.browser.open(`${gatehouse.url}/session/end`)
  await stay.browser.submit({ logout: 'yes' })
  const rows = await app.em
    .fork()
    .execute<{ expires_at: string }[]>('select expires_at from revocation where account_id = ?', [stay.person.id])
  const after = rows.map(({ expires_at }) => new Date(expires_at).getTime() - session!.expiresAt.getTime())
  t.true(after.length > 0)
  // The lifetime of the session, or of a grant that can outlive it.
  const { sessionTtl, refreshTokenMaxTtl } = app.config
  const longest = Math.max(sessionTtl, refreshTokenMaxTtl) + 24 * 60 * 60
  t.true(Math.min(...after) >= 0, String(after))
  t.true(Math.max(...after) <= longest * 1000, String(after))
})

test('revocations are deleted once they have expired, and not before', async t => {
  const { person } = await signedIn()
  const now = Math.floor(Date.now() / 1000)
  await app.revocations.record([
    { accountId: person.id, id: 'expired', exp: now - 1 },
    { accountId: person.id, id: 'live', exp: now + 60 },
  ])
  t.is((await app.revocations.of(person.id)).size, 2)
  await app.artifacts.sweep?.()
  t.is((await app.revocations.of(person.id)).size, 1)
})

async function isRevoked(t: import('ava').ExecutionContext, { rp, tokens }: SignedIn): Promise<void> {
  const again = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
  isRefusedAs(t, again, 'invalid_grant')
  t.false(await active(rp, tokens.access_token))
  const userinfo = await fetch(`${gatehouse.url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.is(userinfo.status, 401)
}
