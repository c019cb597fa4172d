import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { Upstream } from '../support/upstream.ts'

const gatehouse = await startGatehouse({
  env: {
    PASSWORD_HASHING: 'm=19456,t=2,p=1',
    SIGN_IN_LIMIT_ACCOUNT: '10000/15m',
    SIGN_IN_LIMIT_IP: '10000/15m',
    REQUEST_LIMIT_IP: '40/1h',
    TRUST_PROXY: '127.0.0.1,::1',
  },
})
test.after.always(() => gatehouse.stop())

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

test.serial(
  'L-12: of two hundred simultaneous sign-ins some wait and the others are told when to try again, while the server stays responsive',
  async t => {
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
      Array.from({ length: crowd }, async () => {
        const start = performance.now()
        const answer = await door.fetch(action, {
          method: 'POST',
          body: new URLSearchParams(body),
          headers: { origin: new URL(url).origin },
        })
        return Object.assign(answer, { took: performance.now() - start })
      }),
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
    t.true(counts.get(401)! >= app.config.signInQueue.atOnce)
    t.true(counts.get(503)! > 0)
    for (const answer of answers.filter(({ status }) => status === 503)) {
      t.regex(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
      t.regex(await answer.text(), /Many people are signing in/)
    }
    t.true(health.length >= 3)
    t.deepEqual([...new Set(health.map(({ status }) => status))], [200])
    // Compared with the sign-ins, so that it holds on any machine: health checks do not wait in their queue.
    const checked = answers.filter(({ status }) => status === 401)
    const [healthMedian, signInMedian] = [health, checked].map(all => median(all.map(({ took }) => took)))
    t.true(healthMedian! < signInMedian! / 2, `${healthMedian} ms and ${signInMedian} ms`)
    // Hashing all passwords at once would take more than 3.8 GB.
    const more = (most - memory) / 2 ** 10
    t.true(more < concurrency * cost + 400 * 2 ** 10, `${Math.round(more)} KiB more`)

    const { tokens } = await rp.signIn(ada)
    t.is(tokens.claims()?.sub, ada.id)
  },
)

/** A sign-in page, and a function that sends its form. */
async function signInPage(rp: RelyingParty, parameters: Record<string, string> = {}) {
  const browser = await new Browser(gatehouse.url).open((await rp.begin(parameters)).url.href)
  const action = browser.document.querySelector('form')!.getAttribute('action')!
  const csrf = browser.field('csrf')!
  const send = (fields: Record<string, string>) =>
    browser.fetch(action, {
      method: 'POST',
      body: new URLSearchParams({ csrf, ...fields }),
      headers: { origin: new URL(gatehouse.url).origin, accept: 'text/html' },
    })
  return { browser, action, csrf, send }
}

test.serial(
  'F-11: while many people sign in, requests for tokens, userinfo, sessions and health are answered first; excess sign-ins are told to try again',
  async t => {
    const { app, url } = gatehouse
    const rp = await RelyingParty.register(gatehouse)
    const ada = await makePerson(gatehouse)
    const { browser: signedIn, tokens } = await rp.signInToStay(ada)
    const device = 'com.example.app:/callback'
    const native = await RelyingParty.register(gatehouse, { profile: 'native', redirectUris: [device] })
    const { send, browser } = await signInPage(native, { redirect_uri: device })
    const { atOnce, waiting } = app.config.signInQueue
    let answered = 0
    const crowd = Array.from({ length: atOnce + waiting + 12 }, () =>
      send({ email: 'Eve@example.org', password: 'wrong <password>' }).finally(() => {
        answered += 1
      }),
    )
    const refused = await Promise.race(crowd)
    const others = [
      rp.refresh(tokens.refresh_token!).then(({ access_token }) => t.truthy(access_token)),
      rp.userinfo(tokens.access_token, ada.id).then(({ sub }) => t.is(sub, ada.id)),
      fetch(`${url}/readyz`).then(({ status }) => t.is(status, 200)),
      fetch(`${url}/healthz`).then(({ status }) => t.is(status, 200)),
      fetch(`${url}/.well-known/openid-configuration`).then(({ status }) => t.is(status, 200)),
      rp
        .begin()
        .then(({ url: { href } }) => signedIn.fetch(href, { redirect: 'manual' }))
        .then(({ status }) => t.is(status, 303)),
    ]
    await Promise.all(others)
    t.true(answered < crowd.length, `${answered} of ${crowd.length}`)

    const statuses = (await Promise.all(crowd)).map(({ status }) => status)
    t.deepEqual([...new Set(statuses)].sort(), [401, 503])
    t.is(refused.status, 503)
    t.true(Number(refused.headers.get('retry-after')) > 0)
    t.regex(refused.headers.get('content-security-policy') ?? '', /form-action 'self' com\.example\.app:/)
    const page = await refused.text()
    t.regex(page, /Many people are signing in/)
    t.regex(page, /name="email"[^>]* value="Eve@example.org"/)
    t.notRegex(page, /wrong &lt;password|wrong <password/)

    const [, action = ''] = /<form method="post" action="([^"]+)"/.exec(page) ?? []
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page) ?? []
    const again = await browser.fetch(action, {
      method: 'POST',
      body: new URLSearchParams({ csrf, email: ada.email, password: ada.password }),
      headers: { origin: new URL(url).origin },
      redirect: 'manual',
    })
    t.true([200, 303].includes(again.status), String(again.status))
  },
)

test.serial(
  'F-11: a limited number of sign-ins can start at the same time, and the others are told when to try again',
  async t => {
    const { app } = gatehouse
    const rp = await RelyingParty.register(gatehouse)
    const { href } = (await rp.begin()).url
    const { atOnce, waiting } = app.config.signInQueue
    const answers = await Promise.all(
      Array.from({ length: atOnce + waiting + 100 }, (_, index) => from(`198.51.${index >> 8}.${index & 255}`)(href)),
    )
    const counts = (wanted: number) => answers.filter(({ status }) => status === wanted).length
    t.true(counts(303) >= atOnce, String(counts(303)))
    t.true(counts(503) > 0)
    t.is(counts(303) + counts(503), answers.length)
    const refused = answers.filter(({ status }) => status === 503)
    for (const { headers } of refused) t.true(Number(headers.get('retry-after')) > 0)
  },
)

test.serial('F-11: a form that is sent slowly does not occupy a place in the queue', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const { action, send } = await signInPage(rp)
  const { atOnce, waiting } = gatehouse.app.config.signInQueue
  const { port, host } = new URL(gatehouse.url)
  const slow = Array.from({ length: atOnce + waiting }, () => connect(Number(port), '127.0.0.1'))
  t.teardown(() => slow.forEach(socket => void socket.destroy()))
  await Promise.all(
    slow.map(
      socket =>
        new Promise(resolve =>
          socket
            .on('error', resolve)
            .write(
              `POST ${action} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncsrf\r\n`,
              resolve,
            ),
        ),
    ),
  )
  t.is((await fetch(`${gatehouse.url}/healthz`)).status, 200)
  t.true((await send({ email: ada.email, password: ada.password })).ok)
})

/** Sends requests as a proxy forwards them; each test uses its own addresses. */
function from(address: string) {
  return (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, gatehouse.url), {
      redirect: 'manual',
      ...init,
      headers: { 'x-forwarded-for': address, accept: 'text/html', ...init.headers },
    })
}

test('F-19: requests that leave a record are limited by IP address, all kinds together, and other addresses are not affected', async t => {
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
    () => ask('/forgot-password', { method: 'POST', body: new URLSearchParams({ email: 'x' }) }),
    () => ask('/account/identities', { method: 'POST', body: new URLSearchParams({ provider: 'x' }) }),
    () => ask('/account/email-change', { method: 'POST', body: new URLSearchParams({ email: 'x' }) }),
    () => ask('/account/verification', { method: 'POST', body: new URLSearchParams() }),
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

  for (const path of ['/.well-known/openid-configuration', '/jwks', '/healthz', '/forgot-password'])
    t.is((await ask(path)).status, 200, path)
  t.is((await from('203.0.113.8')(url.href)).status, 303)
})

test('F-19: no spelling of a path evades the limit', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ask = from('203.0.113.9')
  const { url } = await rp.begin()
  const body = new URLSearchParams(url.searchParams)
  const authorization = `Basic ${Buffer.from(`${rp.id}:${rp.secret}`).toString('base64')}`
  await Promise.all(Array.from({ length: 40 }, () => ask('/session/end')))
  const at = (path: string) => Object.assign(new URL(url), { pathname: path }).href
  const push = (path: string) => ask(path, { method: 'POST', body, headers: { authorization } })
  const forgot = (path: string) => ask(path, { method: 'POST', body: new URLSearchParams({ email: 'x' }) })

  t.is((await ask(url.href, { method: 'HEAD' })).status, 429)
  for (const path of ['/auth/', '/auth//']) t.is((await ask(at(path))).status, 429, path)
  t.is((await ask('/session/end/')).status, 429)
  for (const path of ['/AUTH', '/Auth/', '/%61uth']) t.is((await ask(at(path))).status, 404, path)
  for (const path of ['/request/', '/REQUEST', '/reQuest/']) t.is((await push(path)).status, 404, path)
  for (const path of ['/session/END', '/SESSION/end']) t.is((await ask(path)).status, 404, path)
  for (const path of ['/forgot-password/', '/FORGOT']) t.is((await forgot(path)).status, 404, path)
})

test('S-04: no spelling of the sign-out form is accepted from another site', async t => {
  const elsewhere = {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
    body: new URLSearchParams({ logout: 'yes' }),
  }
  t.is((await from('203.0.113.10')('/session/end/confirm', elsewhere)).status, 403)
  for (const path of ['/session/end/confirm/', '/session/END/confirm', '/session/end/confirm//'])
    t.is((await from('203.0.113.10')(path, elsewhere)).status, 404, path)
})

test('F-19: a direct redirect to an upstream provider is counted too', async t => {
  const upstream = await Upstream.start()
  t.teardown(() => upstream.close())
  await upstream.connect(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const ask = from('203.0.113.17')
  await Promise.all(Array.from({ length: 39 }, () => ask('/session/end')))
  const browser = new Browser(gatehouse.url, { 'x-forwarded-for': '203.0.113.17' })
  await browser.open((await rp.begin({ idp_hint: 'example' })).url.href)
  t.is(browser.page.status, 429)
  t.is(browser.heading, 'Sign in')
})

test('F-19: an unused authorization request is kept for ten minutes, and for an hour once it is used', async t => {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url, { 'x-forwarded-for': '203.0.113.18' })
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

test('F-19: a session without a person is kept for ten minutes, and a sign-out request without one leaves none', async t => {
  const ask = from('203.0.113.10')
  t.deepEqual((await ask('/session/end')).headers.getSetCookie(), [])
  const rp = await RelyingParty.register(gatehouse)
  const answer = await ask((await rp.begin()).url.href, { headers: { cookie: 'gatehouse_session=ended' } })
  const cookie = answer.headers.getSetCookie().find(each => each.includes('gatehouse_session='))
  const expires = Date.parse(/expires=([^;]+)/.exec(cookie ?? '')?.[1] ?? '')
  t.true(expires > Date.now() && expires < Date.now() + 11 * 60_000)
})

test('F-19: a browser has a limited number of open sign-ins; the oldest ends', async t => {
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
