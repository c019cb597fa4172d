import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { pino } from 'pino'
import { operator } from '../../src/base/actor.ts'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { jobFailed, jobsDone } from '../support/jobs.ts'
import { Listener } from '../support/listener.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { kill, startProcessGroup } from '../support/process-group.ts'
import { freePort } from '../support/programs.ts'
import { startRedis } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'

const [gatehouse, guarded] = await Promise.all([
  startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1', EMAIL_LIMIT_IP: '1000/1h' }, queueIntervals: QUICK }),
  startGatehouse({ queueIntervals: QUICK }),
])
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => Promise.all([gatehouse.stop(), guarded.stop()]))

const by = operator
const NEW_PASSWORD = 'the horse after that'

/** One person signs in to two applications in each of two browsers. One application requires a sid in logout tokens. */
async function signedIn(t: ExecutionContext) {
  const [channel, strictChannel] = [await LogoutEndpoint.open(t), await LogoutEndpoint.open(t)]
  const uri = (backchannelLogoutUri: string) => ({ backchannelLogoutUri })
  const rp = await RelyingParty.register(gatehouse, uri(channel.uri))
  const strict = await RelyingParty.register(gatehouse, {
    ...uri(strictChannel.uri),
    backchannelLogoutSessionRequired: true,
  })
  const person = await makePerson(gatehouse)
  const sids: { rp: unknown[]; strict: unknown[] } = { rp: [], strict: [] }
  for (let browsers = 0; browsers < 2; browsers++) {
    const one = await rp.signIn(person)
    const other = await strict.signIn(person, {}, one.browser)
    sids.rp.push(one.tokens.claims()?.sid)
    sids.strict.push(other.tokens.claims()?.sid)
  }
  return { person, channel, strictChannel, sids, rp, strict }
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>

/** The sid of each logout notification to the two applications, once no more arrive; `undefined` means all sessions. */
async function notified(
  { channel, strictChannel, person, rp, strict }: SignedIn,
  t: ExecutionContext,
  { strictCount }: { strictCount: number },
) {
  await Promise.all([channel.arrived(1), strictChannel.arrived(strictCount)])
  for (const { id } of [rp, strict]) await jobsDone(app, id)
  const received = [...channel.received, ...strictChannel.received]
  t.deepEqual([...new Set(received.map(({ claims }) => claims.sub))], [person.id])
  const sids = ({ received }: LogoutEndpoint) => received.map(({ claims }) => claims.sid).sort()
  return { rp: sids(channel), strict: sids(strictChannel) }
}

const everywhere: [string, (id: string, email: string) => Promise<unknown>][] = [
  ['an operator signs an account out', id => testAccounts.with(id, account => app.signOut.of(account, { by }))],
  ['an operator suspends an account', id => app.scope(() => app.suspension.suspend(id, { by }))],
  [
    'an account is scheduled for deletion',
    id => testAccounts.with(id, account => app.deletion.schedule(account, { by })),
  ],
  [
    'the grace period of a deletion ends',
    async id => {
      await app.em.fork().execute('update account set deletion_due = now() where id = ?', [id])
      await app.scope(() => app.deletion.due())
    },
  ],
  ['an account is erased', id => testAccounts.with(id, account => app.erasure.of(account, { by }))],
  [
    'a person resets a lost password',
    async (_id, email) => {
      const { token } = await app.scope(() => app.passwordReset.link(email, { by }))
      await app.scope(() => app.passwordReset.complete(token, NEW_PASSWORD, { by: stranger() }))
    },
  ],
  [
    'a person reports a password change as not theirs',
    async (id, email) => {
      const change = { current: PASSWORD, next: NEW_PASSWORD, endOthers: false }
      await testAccounts.with(id, account => app.passwordChanges.change(account, change, { by: stranger() }))
      const token = await testAccounts.token(email, 'password-changed')
      await app.scope(() => app.compromise.report(token, { by: stranger() }))
    },
  ],
]

for (const [event, trigger] of everywhere) {
  test(`A-04: when ${event}, each application is notified of each session, and of all unless it needs a sid`, async t => {
    const setup = await signedIn(t)
    await trigger(setup.person.id, setup.person.email)
    t.deepEqual(await notified(setup, t, { strictCount: 2 }), {
      rp: [...setup.sids.rp.toSorted(), undefined],
      strict: setup.sids.strict.toSorted(),
    })
  })
}

const others: [string, (id: string, sessions: { uid: string; key: string }[]) => Promise<unknown>][] = [
  ['one session is revoked', (id, [first]) => app.scope(() => app.sessions.revoke(id, first!.key, { by }))],
  [
    'all other sessions are revoked',
    (id, [, second]) => app.scope(() => app.sessions.revokeOthers(id, second!.uid, { by })),
  ],
  [
    'a password change revokes all other sessions',
    (id, [, second]) => {
      const change = { current: PASSWORD, next: NEW_PASSWORD, endOthers: true, exceptSession: second!.uid }
      return testAccounts.with(id, account => app.passwordChanges.change(account, change, { by: stranger() }))
    },
  ],
]

for (const [event, trigger] of others) {
  test(`when ${event}, applications are notified of the revoked session only`, async t => {
    const setup = await signedIn(t)
    const first = await sessionBySid(setup.person.id, setup.rp, setup.sids.rp[0])
    const rest = (await app.sessions.of(setup.person.id)).filter(({ key }) => key !== first.key)
    await trigger(setup.person.id, [first, ...rest])
    t.deepEqual(await notified(setup, t, { strictCount: 1 }), {
      rp: [setup.sids.rp[0]],
      strict: [setup.sids.strict[0]],
    })
    t.deepEqual(await app.sessions.of(setup.person.id), rest)
  })
}

async function sessionBySid(accountId: string, { id }: RelyingParty, sid: unknown) {
  const stored = await app.artifacts.byAccount('Session', accountId)
  const found = stored.find(({ payload }) => (payload.authorizations as Authorizations)[id]?.sid === sid)
  return (await app.sessions.of(accountId)).find(({ uid }) => uid === found?.payload.uid)!
}

type Authorizations = Record<string, { sid?: string }>

test('applications with long-lived tokens are notified too, even if their session has ended', async t => {
  const [channel, strictChannel] = [await LogoutEndpoint.open(t), await LogoutEndpoint.open(t)]
  const register = (backchannelLogoutUri: string, backchannelLogoutSessionRequired: boolean) =>
    RelyingParty.register(gatehouse, { backchannelLogoutUri, backchannelLogoutSessionRequired })
  const [rp, strict] = [await register(channel.uri, false), await register(strictChannel.uri, true)]
  const ada = await makePerson(gatehouse)
  const { browser, tokens: first } = await rp.signInToStay(ada)
  const { tokens } = await strict.signInToStay(ada, browser)
  const sessions = await app.artifacts.byAccount('Session', ada.id)
  await app.artifacts.commit(sessions.map(({ key }) => ({ do: 'drop', kind: 'Session', key })))
  await testAccounts.with(ada.id, account => app.signOut.of(account, { by }))
  const sids = (await channel.arrived(2)).map(({ claims }) => claims.sid)
  t.deepEqual(sids.map(String).sort(), [first.claims()?.sid, undefined].map(String).sort())
  t.is((await strictChannel.arrived(1))[0]!.claims.sid, tokens.claims()?.sid)
})

test('an application that refuses logout tokens without a sid gets one for each session, and the log says what to do', async t => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: line => void lines.push(JSON.parse(line)) })
  const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, queueIntervals: QUICK, log })
  t.teardown(() => gatehouse.stop())
  const { app } = gatehouse
  // As mod_auth_openidc does.
  const channel: LogoutEndpoint = await LogoutEndpoint.open(t, {
    answer: number => (channel.received[number]?.claims.sid === undefined ? 400 : 200),
  })
  const rp = await RelyingParty.register(gatehouse, { backchannelLogoutUri: channel.uri })
  const ada = await makePerson(gatehouse)
  const signedIn = [await rp.signIn(ada), await rp.signIn(ada)]
  await app.scope(async () => app.signOut.of(await app.accounts.find(ada.id), { by }))

  t.deepEqual(await jobsDone(app, rp.id), ['completed', 'completed', 'completed'])
  const sids = channel.received.map(({ claims }) => claims.sid)
  t.deepEqual(sids.toSorted(), [...signedIn.map(({ tokens }) => tokens.claims()?.sid).sort(), undefined])
  const about = lines.filter(({ client }) => client === rp.id)
  t.is(about.length, 1)
  t.like(about[0], { level: 40, fix: `gatehouse clients update ${rp.id} --backchannel-logout-session-required` })
  const undelivered = await app.scope(() => app.audit.of(null, { kinds: ['client.logout-undelivered'] }))
  t.deepEqual(undelivered, [], 'the sessions that are known were ended')
})

test('when a change is rolled back, no application is notified', async t => {
  const setup = await signedIn(t)
  const failing = app.em.fork()
  await t.throwsAsync(
    app.scope(() =>
      app.em.transactional(async () => {
        await app.backchannelLogout.send(await app.backchannelLogout.ofAccount(setup.person.id))
        throw new Error('the change failed')
      }),
    ),
    { message: 'the change failed' },
  )
  const [{ count }] = await failing.execute<[{ count: string | number }]>(
    "select count(*) as count from queue.job where data->>'sub' = ?",
    [setup.person.id],
  )
  t.is(Number(count), 0)
  t.deepEqual([setup.channel.received, setup.strictChannel.received], [[], []])
})

test('A-04: an account can be suspended even if the clients to notify cannot be listed', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const redis = await startRedis(folder)
  if (!redis) return t.pass('this machine has no Redis')
  const { app, stop } = await startGatehouse({ env: { REDIS_URL: redis.url } })
  t.teardown(stop)
  const ada = await makePerson({ app })
  await redis.stop()
  await t.throwsAsync(app.scope(() => app.suspension.suspend(ada.id, { by })))
  t.false((await app.scope(() => app.accounts.find(ada.id))).active)
})

test('O-03: notifications are still sent if the process is killed after the commit', async t => {
  const here = await startProcessGroup()
  t.teardown(() => here.remove())
  const port = await freePort()
  await kill(await here.run({ logoutUri: `http://127.0.0.1:${port}/signed-out`, serve: false }))
  const channel = await LogoutEndpoint.open(t, { port })
  await here.run({ serve: true, untilDone: true })
  t.is(channel.received.length, 1)
  t.like(channel.received[0]!.claims, { iss: 'https://id.example.org', sub: 'a-person' })
})

test('D-01: no request goes to an address in a private network, not even through a redirect', async t => {
  const evil = (await Listener.open(t))!
  const evil6 = await Listener.open(t, '::1')
  const closed = await freePort()
  const redirecting = createServer((_req, res) =>
    res.writeHead(307, { location: `http://127.0.0.1:${evil.port}/` }).end(),
  )
  await new Promise<void>(resolve => redirecting.listen(0, '127.0.0.1', resolve))
  t.teardown(() => redirecting.close())
  const opened = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`
  const addresses: [typeof gatehouse, string][] = [
    [gatehouse, opened],
    ...[
      `https://127.0.0.1:${evil.port}/`,
      `https://127.0.0.1:${closed}/`,
      `https://[::1]:${evil6?.port ?? evil.port}/`,
      `https://2130706433:${evil.port}/`,
      `https://0177.0.0.1:${evil.port}/`,
      `https://localhost:${evil.port}/`,
      `https://[::ffff:127.0.0.1]:${evil.port}/`,
      `http://127.0.0.1:${evil.port}/`,
      `http://localhost:${evil.port}/`,
      'https://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ].map((address): [typeof gatehouse, string] => [guarded, address]),
  ]
  const tries = addresses.map(async ([{ app }, address]) => {
    const rp = await RelyingParty.register(app === guarded.app ? guarded : gatehouse)
    // Registration requires https; an attacker who can write to the database can store any address.
    await app.em.fork().execute('update client set backchannel_logout_uri = ? where id = ?', [address, rp.id])
    await app.scope(() => app.backchannelLogout.send([{ client: rp.id, sub: 'a-person', sid: null }]))
    return { app, id: rp.id }
  })
  for (const { app, id } of await Promise.all(tries)) {
    await t.notThrowsAsync(jobFailed(app, id))
  }
  t.deepEqual([evil.connections, evil6?.connections ?? 0], [0, 0])
})
