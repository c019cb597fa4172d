import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { type Answer, exchangeRaw } from '../support/raw-http.ts'
import { RelyingParty } from '../support/relying-party.ts'

const [gatehouse, proxied] = await Promise.all([startGatehouse(), startGatehouse({ env: { TRUST_PROXY: 'loopback' } })])
test.after.always(() => Promise.all([gatehouse.stop(), proxied.stop()]))

const FORGED = [
  'X-Forwarded-Host: evil.test',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 444',
  'X-Forwarded-Prefix: /evil',
  'X-Forwarded-Server: evil.test',
  'X-Forwarded-Scheme: https',
  'X-Host: evil.test',
  'X-Original-URL: /evil',
  'X-Rewrite-URL: /evil',
  'Forwarded: host=evil.test;proto=https;for=203.0.113.9',
]

/** A request with forged values for the host, scheme and path in every header. */
function forgedRequest(
  target: string,
  { host = 'evil.test', more = [] }: { host?: string; more?: string[] } = {},
): string {
  const lines = [
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...FORGED,
    ...more,
    'Accept: text/html',
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

const header = (answer: Answer, name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(answer.head)?.[1]?.trim()

for (const [trust, to] of [
  ['no proxy', gatehouse],
  ['the proxy', proxied],
] as const) {
  test(`H-01, H-02: trusting ${trust}, discovery names the configured issuer whatever the headers say`, async t => {
    for (let time = 0; time < 3; time++) {
      const answer = await exchangeRaw(to.url, forgedRequest('/.well-known/openid-configuration'))
      t.is(answer.status, 200)
      // Values of acr may be URLs with https, so they are checked apart.
      const { issuer, acr_values_supported, ...rest } = JSON.parse(answer.body) as Record<string, unknown>
      t.false(/evil|https/.test(JSON.stringify(rest).replace(/"[a-z_]*(claims|https)[a-z_]*"/g, '')))
      t.false(String(acr_values_supported).includes('evil'))
      t.is(issuer, to.url)
      for (const [name, value] of Object.entries(rest))
        if (/_endpoint$|_uri$/.test(name)) t.true(String(value).startsWith(`${to.url}/`), name)
    }
    const twice = await fetch(`${to.url}/.well-known/openid-configuration`)
    t.is(((await twice.json()) as { issuer: string }).issuer, to.url)
  })

  test(`H-01: trusting ${trust}, redirects, cookies and forms stay with the configured address`, async t => {
    const rp = await RelyingParty.register(to)
    const { url } = await rp.begin()
    const begun = await exchangeRaw(to.url, forgedRequest(url.pathname + url.search))
    t.is(begun.status, 303)
    t.regex(header(begun, 'location') ?? '', /^\/interaction\/[\w-]+$/)
    t.notRegex(begun.head, /evil|; secure/i)

    const cookies = [...begun.head.matchAll(/^set-cookie: ([^;]+)/gim)].map(match => match[1]).join('; ')
    const page = await exchangeRaw(
      to.url,
      forgedRequest(header(begun, 'location') ?? '', { more: [`Cookie: ${cookies}`, 'Origin: http://evil.test'] }),
    )
    t.is(page.status, 200)
    t.notRegex(page.head + page.body, /evil/)
    const out = await exchangeRaw(to.url, forgedRequest('/session/end'))
    t.is(header(out, 'location'), `${to.url}/session/end/success`)
    t.notRegex(out.head + out.body, /evil/)
    t.notRegex((await exchangeRaw(to.url, forgedRequest('/'))).body, /evil/)
  })
}

test('P-01: one-time links and their pages use the configured URL, whatever host a request names', async t => {
  const { app, url } = gatehouse
  const ada = await makePerson(gatehouse)
  const setup = await app.scope(() => app.setup.link())
  const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
  for (const path of [`/setup/${setup}`, `/reset-password/${token}`]) {
    const page = await exchangeRaw(url, forgedRequest(path))
    t.is(page.status, 200)
    t.notRegex(page.head + page.body, /evil/)
    t.true(page.body.includes(`action="${path}"`))
  }
})

test('H-01: a request target that is not a path, or an ambiguous Host header, is refused', async t => {
  const { url } = gatehouse
  const port = new URL(url).port
  for (const target of [
    'http://evil.test/.well-known/openid-configuration',
    `http://localhost:${port}/.well-known/openid-configuration`,
    'https://evil.test/',
    '*',
    'evil.test:443',
  ]) {
    const answer = await exchangeRaw(url, forgedRequest(target))
    t.is(answer.status, 400, target)
    t.notRegex(answer.head, /^location:/im)
  }
  const without = await exchangeRaw(url, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')
  t.is(without.status, 400)
  const two = `GET /auth HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.test\r\nConnection: close\r\n\r\n`
  const ambiguous = await exchangeRaw(url, two)
  t.is(ambiguous.status, 400)
  t.notRegex(ambiguous.head + ambiguous.body, /evil/)
})

test('H-03: contradictory or invalid body lengths are refused, and nothing after them is read as a request', async t => {
  const { url } = gatehouse
  const next = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  const heads = [
    'Content-Length: 4\r\nTransfer-Encoding: chunked',
    'Content-Length: 0\r\nContent-Length: 4',
    'Content-Length: +4',
    'Content-Length: 4, 4',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
  ]
  for (const head of heads) {
    const request = `POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n${head}\r\n\r\n`
    const answer = await exchangeRaw(url, `${request}0\r\n\r\n${next}`)
    t.true(answer.status >= 400 && answer.status < 500, `${head}: ${answer.status}`)
    t.false(`${answer.head}${answer.body}`.includes('"status":"ok"'), head)
  }
})
