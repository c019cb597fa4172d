import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: {
    PASSWORD_HASHING: 'm=19456,t=2,p=1',
    SIGN_IN_LIMIT_ACCOUNT: '10000/15m',
    SIGN_IN_LIMIT_ADDRESS: '10000/15m',
    REQUEST_LIMIT_ADDRESS: '40/1h',
    TRUST_PROXY: '127.0.0.1,::1',
  },
})
test.after.always(() => gatehouse.stop())

test('L-12: of two hundred sign-ins at once some wait, some are told when to come again, and all else goes on', async t => {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const door = await new Browser(url).open((await rp.begin()).url.href)
  const action = door.document.querySelector('form')!.getAttribute('action')!
  const body = { csrf: door.field('csrf')!, email: ada.email, password: 'wrong' }
  const { concurrency, queue, memory: cost } = app.config.passwordHashing
  const crowd = Math.max(200, concurrency + queue + 100)
  const memory = process.memoryUsage().rss
  let most = memory

  const flood = Promise.all(
    Array.from({ length: crowd }, () =>
      door.fetch(action, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { origin: new URL(url).origin },
      }),
    ),
  )
  let over = false
  flood.finally(() => {
    over = true
  })
  const health = []
  while (!over) {
    const start = performance.now()
    const { status } = await fetch(`${url}/healthz`)
    health.push({ status, took: performance.now() - start })
    most = Math.max(most, process.memoryUsage().rss)
    await pause(20)
  }
  const answers = await flood

  const counts = new Map<number, number>()
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
  t.deepEqual([...counts.keys()].sort(), [401, 503])
  t.true(counts.get(401)! >= concurrency + queue)
  t.true(counts.get(503)! > 0)
  for (const answer of answers.filter(({ status }) => status === 503)) {
    t.regex(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    t.regex(await answer.text(), /Many people are signing in/)
  }
  t.true(health.length >= 3)
  t.deepEqual([...new Set(health.map(({ status }) => status))], [200])
  t.true(Math.max(...health.map(({ took }) => took)) < 2000)
  // All of them at once would take 3.8 GB and more.
  const more = (most - memory) / 2 ** 10
  t.true(more < concurrency * cost + 400 * 2 ** 10, `${Math.round(more)} KiB more`)

  const { tokens } = await rp.signIn(ada)
  t.is(tokens.claims()?.sub, ada.id)
})

/** Requests as a proxy passes them on, each test from addresses of its own. */
function from(address: string) {
  return (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, gatehouse.url), {
      redirect: 'manual',
      ...init,
      headers: { 'x-forwarded-for': address, accept: 'text/html', ...init.headers },
    })
}

test('F-19: what leaves a record is limited by address, all kinds together, and others are let in', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ask = from('203.0.113.7')
  const { url } = await rp.begin()
  const body = new URLSearchParams(url.searchParams)
  const authorization = `Basic ${Buffer.from(`${rp.id}:${rp.secret}`).toString('base64')}`
  const kinds = [
    () => ask(url.href),
    () => ask('/auth', { method: 'POST', body }),
    () => ask('/request', { method: 'POST', body, headers: { authorization } }),
    () => ask('/session/end'),
    () => ask('/forgot', { method: 'POST', body: new URLSearchParams({ email: 'x' }) }),
  ]
  const counts = await Promise.all(Array.from({ length: 60 }, (_, index) => kinds[index % kinds.length]!()))
  t.is(counts.filter(({ status }) => status === 429).length, 20)

  for (const [index, again] of kinds.entries()) {
    const { status, headers } = await again()
    t.is(status, 429, String(index))
    t.true(Number(headers.get('retry-after')) > 0)
    t.deepEqual(headers.getSetCookie(), [])
    t.is(headers.get('location'), null)
  }
  t.regex(await (await ask(url.href)).text(), /A moment, please/)
  const asProgram = await ask(url.href, { headers: { accept: 'application/json' } })
  t.is(((await asProgram.json()) as { code: string }).code, 'too_many_requests')
  const pushed = await kinds[2]!()
  t.is(((await pushed.json()) as { error: string }).error, 'temporarily_unavailable')

  for (const path of ['/.well-known/openid-configuration', '/jwks', '/healthz', '/forgot'])
    t.is((await ask(path)).status, 200, path)
  t.is((await from('203.0.113.8')(url.href)).status, 303)
})

test('F-19: an authorization request that nobody acts on is kept for minutes, and for an hour once somebody does', async t => {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url, { 'x-forwarded-for': '203.0.113.9' })
  await browser.open((await rp.begin()).url.href)
  const uid = new URL(browser.page.url).pathname.split('/')[2]!
  const cookies = [...browser.cookies.values()].filter(({ name }) => /_(interaction|resume)$/.test(name))
  t.is(cookies.length, 2)
  for (const { expires } of cookies) t.true(expires > Date.now() + 3_500_000)
  const life = async () => {
    const { exp, iat } = (await app.artifacts.get('Interaction', uid))!
    return Number(exp) - Number(iat)
  }
  t.is(await life(), 600)
  await browser.submit({ email: 'nobody@example.org', password: 'wrong' })
  t.is(browser.page.status, 401)
  t.true((await life()) >= 3_600)
})

test('F-19: a question whether to sign out, asked of nobody, is kept for minutes', async t => {
  const answer = await from('203.0.113.10')('/session/end')
  const cookie = answer.headers.getSetCookie().find(each => each.includes('gatehouse_session='))
  const expires = Date.parse(/expires=([^;]+)/.exec(cookie ?? '')?.[1] ?? '')
  t.true(expires > Date.now() && expires < Date.now() + 11 * 60_000)
})

test('F-19: one browser has so many sign-ins open at most; the oldest ends', async t => {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url, { 'x-forwarded-for': '203.0.113.11' })
  const uids: string[] = []
  for (let tab = 0; tab < 26; tab += 1) {
    await browser.open((await rp.begin()).url.href)
    uids.push(new URL(browser.page.url).pathname.split('/')[2]!)
  }
  const kept = await Promise.all(uids.map(async uid => (await app.artifacts.get('Interaction', uid)) !== undefined))
  t.deepEqual(kept, [false, false, ...Array<boolean>(24).fill(true)])
})
