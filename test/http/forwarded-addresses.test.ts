import test from 'ava'
import { pino } from 'pino'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const env = { SIGN_IN_LIMIT_IP: '20/15m' }
const logged: Record<string, string>[] = []
const log = pino({ level: 'warn' }, { write: line => void logged.push(JSON.parse(line)) })
const [trusting, direct, distant] = await Promise.all([
  startGatehouse({ env: { ...env, TRUST_PROXY: 'loopback' }, log }),
  startGatehouse({ env }),
  startGatehouse({ env: { ...env, TRUST_PROXY: '10.0.0.0/8' } }),
])
test.after.always(() => Promise.all([trusting, direct, distant].map(each => each.stop())))

type Headers = Record<string, string>

const NAMES = [
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'client-ip',
]
const rotating = (name: string, i: number): Headers => ({
  [name]: name === 'forwarded' ? `for=203.0.113.${i};proto=https;host=evil.test` : `203.0.113.${i}`,
})

/** The number of 30 attempts, each for another account, that are checked before the address is limited. */
async function checkedAttempts(gatehouse: Gatehouse, headersOf: (i: number) => Headers): Promise<number> {
  const rp = await RelyingParty.register(gatehouse)
  const browser = await new Browser(gatehouse.url).open((await rp.begin()).url.href)
  let checked = 0
  for (let i = 1; i <= 30; i++) {
    const fields = { email: `person-${i}-${rp.id.slice(-6)}@example.org`, password: 'winter2026' }
    await browser.submit(fields, { headers: headersOf(i) })
    if (browser.page.status === 401) checked++
    else if (browser.page.status !== 429) throw new Error(`unexpected status ${browser.page.status}`)
  }
  return checked
}

test('L-03: without a trusted proxy no header sets the IP address of the visitor', async t => {
  // All these requests come from one address and share its twenty attempts.
  const headers = (i: number) =>
    Object.assign({ 'x-forwarded-for': `203.0.113.${i}` }, ...NAMES.map(name => rotating(name, i)))
  t.is(await checkedAttempts(direct, headers), 20)
  t.is(await checkedAttempts(direct, i => ({ 'x-forwarded-for': `203.0.113.${i}, 127.0.0.1` })), 0)
})

test('L-03: behind a trusted proxy only its own entry of X-Forwarded-For counts, and only if it is an IP address', async t => {
  t.is(await checkedAttempts(trusting, i => ({ 'x-forwarded-for': `203.0.113.${i}, 198.51.100.7` })), 20)
  t.is(await checkedAttempts(trusting, i => ({ 'x-forwarded-for': `10.0.0.${i},198.51.100.8 , 127.0.0.1` })), 20)
  t.is(await checkedAttempts(trusting, i => ({ 'x-forwarded-for': `203.0.113.${i}, ::ffff:198.51.100.8` })), 0)
  const garbage = [
    'a',
    '',
    ',',
    'unknown',
    '_hidden',
    '1.2.3.4:port',
    '[2001:db8::1',
    '[1.2.3.4]:80',
    '999.1.1.1',
    '1.2.3',
    '0x7f.1',
    '%',
  ]
  const nonsense = (i: number) => ({ 'x-forwarded-for': `203.0.113.${i}, ${garbage[i % garbage.length]}` })
  t.is(await checkedAttempts(trusting, nonsense), 20)
  t.is(await checkedAttempts(trusting, i => Object.assign({}, ...NAMES.map(name => rotating(name, i)))), 0)
})

test('L-03: a forged or malformed header from an untrusted proxy is ignored', async t => {
  const { app } = distant
  const ada = await makePerson(distant)
  const rp = await RelyingParty.register(distant)
  for (const [password, status] of [
    ['wrong', 401],
    [ada.password, 200],
  ] as const) {
    const browser = await new Browser(distant.url, { 'x-forwarded-for': 'a' }).open((await rp.begin()).url.href)
    await browser.submit({ email: ada.email, password })
    t.is(browser.page.status, status)
  }
  const events = await app.scope(() => app.audit.of(ada.id))
  for (const event of events.filter(({ kind }) => kind.startsWith('sign-in')))
    t.regex(event.ip ?? '', /^(127\.0\.0\.1|::1)$/)
  // One of the twenty attempts was used above.
  t.is(await checkedAttempts(distant, i => ({ 'x-forwarded-for': `203.0.113.${i}, 10.0.0.1` })), 19)
})

test('Q-04: an IP address is recognised as the same in every notation that proxies use', async t => {
  const group = (i: number) => `2001:db8:${i.toString(16)}`
  const notations: Record<string, (i: number) => string> = {
    'with a port': i => `203.0.113.${i}:51008`,
    quoted: i => `"203.0.113.${100 + i}:51008"`,
    'IPv6 in brackets with a port': i => `[${group(i)}::1]:51008`,
    'IPv6 in brackets, quoted': i => `"[${group(100 + i)}::1]"`,
    'IPv6 with a zone': i => `${group(200 + i)}::1%eth0`,
    'IPv4 in IPv6, in hexadecimal': i => `::ffff:c633:64${(100 + i).toString(16)}`,
    'a trusted proxy with a port before it': i => `198.51.100.${150 + i}:1, 127.0.0.1:2`,
  }
  for (const [what, notation] of Object.entries(notations))
    t.is(await checkedAttempts(trusting, i => ({ 'x-forwarded-for': notation(i) })), 30, what)

  const same = ['192.0.2.9', '192.0.2.9:80', '"192.0.2.9"', '::ffff:192.0.2.9', '[::FFFF:c000:209]:80', ' 192.0.2.9:1 ']
  t.is(await checkedAttempts(trusting, i => ({ 'x-forwarded-for': same[i % same.length]! })), 20)
})

test('Q-04: an invalid entry is logged once, with the proxy that sent it', async t => {
  for (const entry of ['unknown', '_hidden', '203.0.113.300']) {
    const headers = { authorization: 'Bearer none', 'x-forwarded-for': entry }
    t.is((await fetch(`${trusting.url}/api/v1/me`, { headers })).status, 401)
  }
  const warnings = logged.filter(({ msg }) => msg?.startsWith('X-Forwarded-For'))
  t.is(warnings.length, 1)
  t.regex(warnings[0]?.proxy ?? '', /^(127\.0\.0\.1|::1)$/)
})

test('F-27: discovery and key responses have a request ID, even if they are cached', async t => {
  for (const path of ['/.well-known/openid-configuration', '/jwks']) {
    const headers = { 'x-request-id': 'a-request-of-the-proxy' }
    for (const _ of ['made', 'remembered', 'remembered'])
      t.is((await fetch(trusting.url + path, { headers })).headers.get('x-request-id'), headers['x-request-id'])
    const own = await Promise.all([1, 2].map(async () => (await fetch(direct.url + path, { headers })).headers))
    const ids = own.map(each => each.get('x-request-id'))
    t.is(new Set([...ids, headers['x-request-id'], null]).size, 4, String(ids))
  }
})

test('F-27: the request ID of a trusted proxy is used, returned and shown on error pages', async t => {
  const ask = async (gatehouse: Gatehouse, sent: string) => {
    const headers = { accept: 'application/json', ...(sent && { 'x-request-id': sent }) }
    const answer = await fetch(`${gatehouse.url}/nothing/here`, { headers })
    const { request_id: requestId } = (await answer.json()) as { request_id: string }
    t.is(answer.headers.get('x-request-id'), requestId)
    return requestId
  }
  const wellFormed = [
    '0123456789abcdef0123456789abcdef',
    '5d4bf9b5-7f0b-4a5e-a5a5-0c4f2b1d0d3a',
    'Root=1-67891233-abcdef01',
  ]
  for (const sent of wellFormed) {
    t.is(await ask(trusting, sent), sent)
    t.not(await ask(direct, sent), sent)
    t.not(await ask(distant, sent), sent)
  }
  for (const sent of ['', 'short', 'a b c d e f g h', '<script>alert(1)</script>', '"quoted-in-json"', 'x'.repeat(129)])
    t.not(await ask(trusting, sent), sent)
  const page = await fetch(`${trusting.url}/nothing/here`, {
    headers: { accept: 'text/html', 'x-request-id': 'shown-on-the-page' },
  })
  t.true((await page.text()).includes('shown-on-the-page'))
})
