import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { exchangeRaw } from '../support/raw-http.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { settles } from '../support/settles.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { url } = gatehouse
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const MB = 2 ** 20

/**
 * The longest time that the work occupies the event loop, in milliseconds of CPU time, including the client in the same
 * process. CPU time does not depend on how busy the machine is. The best of three runs, since a delay that the server
 * causes occurs in each.
 */
async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  const worst = []
  for (let time = 0; time < 3; time++) {
    let [longest, before] = [0, process.threadCpuUsage()]
    const measure = () => {
      const { user, system } = process.threadCpuUsage(before)
      longest = Math.max(longest, (user + system) / 1000)
      before = process.threadCpuUsage()
    }
    const interval = setInterval(measure, 5)
    await work()
    const health = await fetch(`${url}/healthz`)
    measure()
    clearInterval(interval)
    if (health.status !== 200) throw new Error(`the health probe answers ${health.status}`)
    worst.push(longest)
  }
  return Math.min(...worst)
}

/** Whether the request is refused, or its connection closed while it is being sent. */
async function refused(address: string, init: RequestInit): Promise<boolean> {
  try {
    const { status } = await fetch(address, { method: 'POST', redirect: 'manual', ...init })
    return status >= 400 && status < 500
  } catch (error) {
    return /ECONNRESET|EPIPE|other side closed/.test(String((error as Error).cause ?? error))
  }
}

test.serial(
  'N-02: long bodies, many parameters, deep nesting and compression bombs are refused at little cost',
  async t => {
    const rp = await RelyingParty.register(gatehouse)
    const browser = await new Browser(url).open((await rp.begin()).url.href)
    const form = url + browser.document.querySelector('form')!.getAttribute('action')!
    const cookie = [...browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ')
    const headers = { ...FORM, cookie, origin: new URL(url).origin }
    const csrf = `csrf=${browser.field('csrf')}&`
    const nested = `${'['.repeat(25_000)}${']'.repeat(25_000)}`
    const bodies: Record<string, { body: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> }> = {
      'ten megabytes': { body: `${csrf}email=${'x'.repeat(10 * MB)}` },
      'ten thousand parameters': { body: csrf + Array.from({ length: 10_000 }, (_, i) => `a${i}=`).join('&') },
      'one parameter seven thousand times': { body: csrf + 'email=x&'.repeat(7000) },
      'deep nesting by brackets': { body: `${csrf}a${'[b]'.repeat(15_000)}=x` },
      'deep JSON': { body: nested, headers: { 'content-type': 'application/json' } },
      'deep JSON as a parameter': { body: `${csrf}claims=${nested}` },
      'incomplete percent escapes': { body: '%'.repeat(50_000) },
      'a compression bomb': {
        body: Uint8Array.from(gzipSync(Buffer.alloc(50 * MB))),
        headers: { 'content-encoding': 'gzip' },
      },
    }
    const took = await longestDelay(async () => {
      for (const [name, { body, headers: more }] of Object.entries(bodies)) {
        for (const address of [form, `${url}/token`, `${url}/session/end/confirm`, `${url}/setup/x`])
          t.true(await refused(address, { body, headers: { ...headers, ...more } }), `${name} at ${address}`)
      }
    })
    t.true(took < 200, `${took} ms of CPU time`)
  },
)

test.serial('N-02: requests with long headers or deeply nested parameters are refused at little cost', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url: good } = await rp.begin()
  const took = await longestDelay(async () => {
    const get = (target: string, more = '') =>
      exchangeRaw(url, `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`)
    t.is((await get('/', `X-Long: ${'x'.repeat(64 * 1024)}\r\n`)).status, 431)
    t.is((await get('/', `Cookie: ${'a=b; '.repeat(13_000)}\r\n`)).status, 431)
    t.is((await get('/', Array.from({ length: 5000 }, (_, i) => `X-${i}: y\r\n`).join(''))).status, 431)
    t.true([414, 431].includes((await get(`/${'x'.repeat(64 * 1024)}`)).status))
    for (const parameter of [
      `claims=${'['.repeat(5000)}${']'.repeat(5000)}`,
      `claims={"userinfo":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}}`,
      `scope=openid${'+x'.repeat(7000)}`,
      `ui_locales=${'x-'.repeat(6000)}`,
      `login_hint=${'%F0%9F%92%A9'.repeat(1000)}`,
      `resource=${'https://a.example&resource='.repeat(500)}x:`,
      Array.from({ length: 3000 }, (_, i) => `p${i}`).join('&'),
    ]) {
      const { status } = await get(`/auth${good.search}&${encodeURI(parameter)}`, 'Accept: text/html\r\n')
      t.true(status === 303 || (status >= 400 && status < 500), `${status} ${parameter.slice(0, 40)}`)
    }
    const nested = `X-Forwarded-For: ${'1.2.3.4,'.repeat(1500)}\r\nAccept-Language: ${'ru;q=0.1,'.repeat(1000)}\r\n`
    t.is((await get('/', nested)).status, nested.length > 16_384 ? 431 : 200)
  })
  t.true(took < 200, `${took} ms of CPU time`)
})

test.serial('N-02: a client that sends slowly is disconnected, and delays no other client', async t => {
  const port = Number(new URL(url).port)
  // The most writes of one client before it is disconnected; a busy machine makes fewer in that time, never more.
  let most = 0
  const slow = Array.from({ length: 100 }, (_, i) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(i % 2 ? 'GET / HTTP/1.1\r\nHost: x\r\n' : 'POST /token HT')
    let writes = 0
    const writing = setInterval(() => {
      socket.write(i % 2 ? 'X-A: b\r\n' : 'T')
      most = Math.max(most, ++writes)
    }, 1000)
    return new Promise<void>(resolve => socket.resume().once('close', resolve)).finally(() => clearInterval(writing))
  })
  const took = await longestDelay(async () => {
    for (let i = 0; i < 20; i++) t.is((await fetch(`${url}/.well-known/openid-configuration`)).status, 200)
  })
  t.true(took < 200, `${took} ms of CPU time`)
  await settles(Promise.all(slow))
  t.true(most > 0 && most < 17, `${most} writes`)
})

test.serial('anything that is not HTTP gets 400 or is disconnected', async t => {
  for (const bytes of [
    '\r\n\r\n\r\nhello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]) {
    const { status } = await exchangeRaw(url, bytes)
    t.true(status === 0 || (status >= 400 && status < 500), JSON.stringify(bytes))
  }
  t.is((await fetch(`${url}/healthz`)).status, 200)
})
