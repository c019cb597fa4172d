import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD, type Person } from '../support/people.ts'
import { startRedis } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { servers } from '../support/servers.ts'
import { FIREFOX } from '../support/user-agents.ts'

// The period is so long that no attempt refills while a test runs.
const env = { SIGN_IN_LIMIT_ACCOUNT: '10/24h', SIGN_IN_LIMIT_IP: '20/24h' }
const trusting = await startGatehouse({ env: { ...env, TRUST_PROXY: '127.0.0.0/8' } })
const bare = await startGatehouse({ env })
const [trustingRp, bareRp] = [await RelyingParty.register(trusting), await RelyingParty.register(bare)]
test.after.always(() => Promise.all([trusting.stop(), bare.stop()]))

/** A new IP address for each attempt: the tests share one process, but no address. */
let networks = 0
function freshIp(): string {
  networks += 1
  return `2001:db8:${networks.toString(16)}::1`
}

async function signIn(rp: RelyingParty, headers: Record<string, string>, email: string, password = 'wrong') {
  const opened = password === 'wrong' ? await signInPage(rp) : await openSignInPage(rp, headers)
  const browser = new Browser(rp.gatehouse.url, { 'user-agent': FIREFOX, ...headers })
  for (const [key, cookie] of opened.cookies) browser.cookies.set(key, cookie)
  browser.page = opened.page
  return browser.submit({ email, password })
}

/** The sign-in page of each application, opened once for all wrong passwords: attempts count by their sender. */
const pages = new Map<RelyingParty, Promise<Browser>>()
function signInPage(rp: RelyingParty): Promise<Browser> {
  const page = pages.get(rp) ?? openSignInPage(rp)
  pages.set(rp, page)
  return page
}

async function openSignInPage(rp: RelyingParty, headers: Record<string, string> = {}): Promise<Browser> {
  return new Browser(rp.gatehouse.url, { 'user-agent': FIREFOX, ...headers }).open((await rp.begin()).url.href)
}

function counted(statuses: number[]): Record<number, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(statuses, status => status)).map(([status, all]) => [status, all!.length]),
  )
}

test('L-01: of 100 wrong passwords for one account from 100 IP addresses, ten are checked, and an operator can unlock it', async t => {
  const { app } = trusting
  const ada = await makePerson(trusting)
  const statuses: number[] = []
  for (let i = 0; i < 100; i += 1) {
    const { page } = await signIn(trustingRp, { 'x-forwarded-for': freshIp() }, ada.email)
    statuses.push(page.status)
    if (page.status === 429) t.true(Number(page.headers.get('retry-after')) > 0)
  }
  t.deepEqual(counted(statuses), { 401: 10, 429: 90 })
  const right = () => signIn(trustingRp, { 'x-forwarded-for': freshIp() }, ada.email, ada.password)
  t.is((await right()).page.status, 429)

  await app.scope(async () => app.throttledVerification.unlock(await app.accounts.find(ada.id), { by: operator }))
  t.is((await right()).heading, 'Allow Example?')
  t.is((await app.scope(() => app.audit.of(ada.id, { kinds: ['account.unlocked'] }))).length, 1)
})

test('L-02: an IP address that tries many accounts is limited, and other addresses are not', async t => {
  const ada = await makePerson(trusting)
  const ip = freshIp()
  const statuses: number[] = []
  for (let i = 0; i < 60; i += 1)
    statuses.push((await signIn(trustingRp, { 'x-forwarded-for': ip }, `user-${i}@example.org`)).page.status)
  t.deepEqual(counted(statuses), { 401: 20, 429: 40 })
  t.is((await signIn(trustingRp, { 'x-forwarded-for': ip }, ada.email, ada.password)).page.status, 429)
  t.is((await signIn(trustingRp, { 'x-forwarded-for': freshIp() }, ada.email, ada.password)).page.status, 200)
})

test('L-01: input that is not an email address is counted by IP address only', async t => {
  const typos = ['ada', 'ada@', '@example.org', 'ada@example', 'ada example.org', '', 'ada@exa mple.org']
  const statuses: number[] = []
  for (let i = 0; i < 40; i += 1)
    statuses.push((await signIn(trustingRp, { 'x-forwarded-for': freshIp() }, typos[i % typos.length]!)).page.status)
  t.deepEqual(counted(statuses), { 401: 40 })

  const ip = freshIp()
  const here: number[] = []
  for (let i = 0; i < 30; i += 1) here.push((await signIn(trustingRp, { 'x-forwarded-for': ip }, 'ada@')).page.status)
  t.deepEqual(counted(here), { 401: 20, 429: 10 })
})

/** Headers in which software looks for the address of a visitor. */
const NAMES = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'client-ip']
const values = (i: number) => [
  `203.0.113.${i}`,
  'a',
  '',
  `for=203.0.113.${i}`,
  `203.0.113.${i}, 198.51.100.${i}`,
  '::',
  '1'.repeat(500),
]

test('L-03: without a trusted proxy, forwarding headers are ignored', async t => {
  const statuses: number[] = []
  for (let i = 0; i < 40; i += 1) {
    const headers = Object.fromEntries(NAMES.map((name, n) => [name, values(i)[(i + n) % 7]!]))
    statuses.push((await signIn(bareRp, headers, `victim-${i}@example.org`)).page.status)
  }
  t.deepEqual(counted(statuses), { 401: 20, 429: 20 })
})

test('L-03: behind a trusted proxy only the address that it adds counts; if that is not an address, the proxy is counted', async t => {
  const realIp = freshIp()
  const statuses: number[] = []
  for (let i = 0; i < 30; i += 1) {
    const headers = {
      ...Object.fromEntries(NAMES.map(name => [name, values(i)[i % 7]!])),
      'x-forwarded-for': `${values(i)[i % 7]}, ${realIp}`,
    }
    statuses.push((await signIn(trustingRp, headers, `prey-${i}@example.org`)).page.status)
  }
  t.deepEqual(counted(statuses), { 401: 20, 429: 10 })

  const garbled: number[] = []
  for (let i = 0; i < 30; i += 1)
    garbled.push((await signIn(trustingRp, { 'x-forwarded-for': `a${i}` }, `other-${i}@example.org`)).page.status)
  t.deepEqual(counted(garbled), { 401: 20, 429: 10 })
})

test('L-06: the sign-in page and re-authentication share one count', async t => {
  const { app } = trusting
  const ada = await makePerson(trusting)
  const confirm = (ip: string, password = 'wrong') =>
    app.scope(async () => {
      const by = { kind: 'account', id: ada.id, ip, userAgent: FIREFOX } as const
      await app.throttledVerification.reauthenticate(await app.accounts.find(ada.id), { password }, { by })
    })
  for (let i = 0; i < 5; i += 1) {
    t.is((await signIn(trustingRp, { 'x-forwarded-for': freshIp() }, ada.email)).page.status, 401)
    await t.throwsAsync(confirm(freshIp()), { instanceOf: WrongCredentials })
  }
  t.is((await signIn(trustingRp, { 'x-forwarded-for': freshIp() }, ada.email, ada.password)).page.status, 429)
  await t.throwsAsync(confirm(freshIp(), ada.password), { instanceOf: TooManyAttempts })
  const kinds = (await app.scope(() => app.history.of(ada.id, { success: false }))).map(({ kind }) => kind)
  t.deepEqual(counted(kinds.map(kind => (kind === 'sign-in.refused' ? 1 : kind === 'password.refused' ? 2 : 0))), {
    1: 5,
    2: 5,
  })
})

test('L-06: a right password is not counted in re-authentication', async t => {
  const { app } = trusting
  const ada = await makePerson(trusting)
  const by = { kind: 'account', id: ada.id, ip: freshIp(), userAgent: FIREFOX } as const
  for (let i = 0; i < 15; i += 1)
    await t.notThrowsAsync(
      app.scope(async () =>
        app.throttledVerification.reauthenticate(await app.accounts.find(ada.id), { password: PASSWORD }, { by }),
      ),
    )
})

if (servers()) {
  test('L-08: when Redis goes down during an attack, each process keeps counting on its own', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-attack-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const redis = (await startRedis(folder))!
    const gatehouse = await startGatehouse({ env: { ...env, REDIS_URL: redis.url } })
    t.teardown(() => gatehouse.stop())
    const { app } = gatehouse
    const ada: Person = await makePerson(gatehouse)
    const tries = async (count: number) => {
      const statuses: number[] = []
      for (let i = 0; i < count; i += 1) {
        const by = { kind: 'visitor', id: null, ip: freshIp(), userAgent: null } as const
        const tried = app.scope(() => app.signIn.withPassword({ email: ada.email, password: 'wrong' }, { by }))
        statuses.push(
          await tried.then(
            () => 200,
            error => error.status,
          ),
        )
      }
      return counted(statuses)
    }
    t.deepEqual(await tries(20), { 401: 10, 429: 10 })
    await redis.stop()
    t.deepEqual(await tries(20), { 401: 10, 429: 10 })
    t.deepEqual(await tries(20), { 429: 20 })
  })
}
