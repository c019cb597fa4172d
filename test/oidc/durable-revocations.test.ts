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

/** The store itself, without what is remembered beside it. */
const { redisUrl } = app.config
const store: Artifacts = redisUrl
  ? redisArtifacts(connectRedis(redisUrl, PATIENT))
  : new PostgresArtifacts(sqlOf(app.em))
test.after.always(() => store.close())

async function stays() {
  const person = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(person)
  return { person, rp, browser, tokens }
}

type Stay = Awaited<ReturnType<typeof stays>>

/** What the store holds of the person, to be put back as an old copy of Redis, or a master that missed the end, has it. */
async function snapshot({ person, browser, tokens }: Stay): Promise<() => Promise<void>> {
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

const ends: [string, (stay: Stay) => Promise<unknown>][] = [
  [
    'the person signs out',
    async ({ browser }) => {
      await browser.open(`${gatehouse.url}/session/end`)
      await browser.submit({ logout: 'yes' })
    },
  ],
  [
    'the session is ended',
    async ({ person: { id } }) => {
      const [session] = await app.sessions.of(id)
      await app.scope(() => app.sessions.revoke(id, session!.key, { by }))
    },
  ],
  [
    'all other sessions are ended',
    ({ person: { id } }) => app.scope(() => app.sessions.revokeOthers(id, null, { by })),
  ],
  [
    'a person is suspended and let in again',
    async ({ person: { id } }) => {
      await app.scope(() => app.suspension.suspend(id, { by }))
      await app.scope(() => app.suspension.reinstate(id, { by }))
    },
  ],
]

for (const [what, end] of ends) {
  test(`F-12: when ${what}, an old state of the store brings back neither session nor tokens`, async t => {
    const stay = await stays()
    const bringBack = await snapshot(stay)
    await bringBack()
    t.true(await active(stay.rp, stay.tokens.access_token), 'as long as nothing was ended, the copy is as good')
    const cookies = new Map(stay.browser.cookies)
    await end(stay)
    await bringBack()

    await dead(t, stay)
    for (const [name, value] of cookies) stay.browser.cookies.set(name, value)
    await stay.browser.open((await stay.rp.begin()).url.href)
    t.not(stay.browser.field('email'), undefined)
    t.deepEqual(await app.sessions.of(stay.person.id), [])
    t.deepEqual(await app.grants.of(stay.person.id), [])
  })
}

test('F-12: a revoked consent stays revoked', async t => {
  const stay = await stays()
  const bringBack = await snapshot(stay)
  await app.scope(() => app.consents.revoke(stay.person.id, stay.rp.id, { by }))
  await bringBack()
  await dead(t, stay)
  t.deepEqual(await app.grants.of(stay.person.id), [])
})

test('F-12: a chain of refresh tokens that was revoked after reuse stays revoked', async t => {
  const stay = await stays()
  const bringBack = await snapshot(stay)
  const [grant] = await app.grants.of(stay.person.id)
  const begun = await stay.rp.begin({ prompt: 'none' })
  const code = codeGrant(begun, await stay.browser.open(begun.url.href))
  t.is((await stay.rp.post('/token', code)).status, 200)
  isRefusedAs(t, await stay.rp.post('/token', code), 'invalid_grant')
  t.is(await store.get('Grant', grant!.id), undefined)
  await bringBack()
  await dead(t, stay)
})

test('F-12: a revocation is remembered for as long as its session could have lasted, and no longer', async t => {
  const stay = await stays()
  const [session] = await app.sessions.of(stay.person.id)
  await stay.browser.open(`${gatehouse.url}/session/end`)
  await stay.browser.submit({ logout: 'yes' })
  const rows = await app.em
    .fork()
    .execute<{ expires_at: string }[]>('select expires_at from revocation where account_id = ?', [stay.person.id])
  const after = rows.map(({ expires_at }) => new Date(expires_at).getTime() - session!.expiresAt.getTime())
  t.true(after.length > 0)
  // The session, and the grant of an application that could have gone on without it.
  const { sessionTtl, refreshTokenMaxTtl } = app.config
  const longest = Math.max(sessionTtl, refreshTokenMaxTtl) + 24 * 60 * 60
  t.true(Math.min(...after) >= 0, String(after))
  t.true(Math.max(...after) <= longest * 1000, String(after))
})

test('records are removed once they have expired, and no sooner', async t => {
  const { person } = await stays()
  const now = Math.floor(Date.now() / 1000)
  await app.revocations.record([
    { accountId: person.id, id: 'expired', exp: now - 1 },
    { accountId: person.id, id: 'live', exp: now + 60 },
  ])
  t.is((await app.revocations.of(person.id)).size, 2)
  await app.artifacts.sweep?.()
  t.is((await app.revocations.of(person.id)).size, 1)
})

async function dead(t: import('ava').ExecutionContext, { rp, tokens }: Stay): Promise<void> {
  const again = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
  isRefusedAs(t, again, 'invalid_grant')
  t.false(await active(rp, tokens.access_token))
  const userinfo = await fetch(`${gatehouse.url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.is(userinfo.status, 401)
}
