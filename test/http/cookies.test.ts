import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { CALLBACK } from '../support/relying-party.ts'

const port = await freePort()
const plain = await startGatehouse()
const secure = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: 'https://id.example.org' } })
const provider = {
  http: { gatehouse: plain, via: null, prefixes: { host: '', secure: '' } },
  https: {
    gatehouse: secure,
    via: `http://localhost:${port}`,
    prefixes: { host: '__Host-', secure: '__Secure-' },
  },
}
test.after.always(() => Promise.all([plain.stop(), secure.stop()]))

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** The address of an authorization request, written by hand because openid-client requires TLS. */
async function beginAt({ app, url }: typeof plain): Promise<string> {
  const { client } = await app.scope(() =>
    app.clients.register({ name: 'Example', profile: 'spa', redirectUris: [CALLBACK] }, { by: operator }),
  )
  const parameters = { client_id: client.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' }
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  return `${url}/auth?${new URLSearchParams({ ...parameters, ...pkce })}`
}

/** A browser that remembers every Set-Cookie line. */
function collecting(browser: Browser): { browser: Browser; lines: string[] } {
  const lines: string[] = []
  const send = browser.fetch.bind(browser)
  browser.fetch = async (url, init) => {
    const response = await send(url, init)
    lines.push(...response.headers.getSetCookie())
    return response
  }
  return { browser, lines }
}

for (const [scheme, { gatehouse, via, prefixes }] of Object.entries(provider)) {
  test(`S-05: on ${scheme} every cookie is limited to HTTP, its own site, its path and its host`, async t => {
    const ada = await makePerson(gatehouse)
    const { browser, lines } = collecting(new Browser(gatehouse.url, {}, via))
    await browser.open(await beginAt(gatehouse))
    await browser.submit({ email: ada.email, password: 'wrong' })
    await browser.submit({ email: ada.email, password: ada.password })
    await browser.submit({ decision: 'allow' })
    t.true(browser.page.url.startsWith(`${CALLBACK}?code=`))
    const ben = await makePerson(gatehouse, { name: 'Ben' })
    await browser.open(`${await beginAt(gatehouse)}&prompt=select_account`)
    await browser.follow('Use another account')
    await browser.submit({ email: ben.email, password: ben.password })
    await browser.open(`${gatehouse.url}/session/end`)
    await browser.submit({ logout: 'yes' })
    t.is(browser.heading, 'You are signed out')

    const paths = new Map<string, string>([
      [`${prefixes.host}gatehouse_session`, '^/$'],
      [`${prefixes.host}gatehouse_form`, '^/$'],
      [`${prefixes.host}gatehouse_device`, '^/$'],
      [`${prefixes.host}gatehouse_open`, '^/$'],
      [`${prefixes.host}gatehouse_others`, '^/$'],
      [`${prefixes.secure}gatehouse_interaction`, '^/interaction/[\\w-]+$'],
      [`${prefixes.secure}gatehouse_resume`, '^/auth/[\\w-]+$'],
    ])
    const seen = new Set(lines.map(line => line.slice(0, line.indexOf('='))))
    t.deepEqual([...seen].sort(), [...paths.keys()].sort())
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/;\s*/)
      const attribute = (name: string) => attributes.find(each => each.toLowerCase().split('=')[0] === name)
      t.truthy(attribute('httponly'), line)
      t.is(attribute('samesite')?.toLowerCase(), 'samesite=lax', line)
      t.is(attribute('secure') !== undefined, scheme === 'https', line)
      t.is(attribute('domain'), undefined, line)
      t.regex(attribute('path')?.slice('path='.length) ?? '', new RegExp(paths.get(pair.split('=')[0]!)!), line)
    }
  })

  test(`S-05: on ${scheme} a cookie with one changed byte is ignored`, async t => {
    const ada = await makePerson(gatehouse)
    const address = await beginAt(gatehouse)
    const browser = await new Browser(gatehouse.url, {}, via).open(address)
    for (const name of [`${prefixes.secure}gatehouse_interaction`, `${prefixes.host}gatehouse_form`]) {
      for (const changed of tampered(t, browser, name)) {
        changed.page = browser.page
        await changed.submit({ email: ada.email, password: ada.password })
        t.true([403, 404].includes(changed.page.status), name)
        t.false(changed.page.url.startsWith(CALLBACK))
      }
    }
    await browser.submit({ email: ada.email, password: ada.password })
    for (const changed of tampered(t, browser, `${prefixes.secure}gatehouse_resume`)) {
      await changed.open(`${gatehouse.url}${resumePath(browser)}`)
      t.is(changed.page.status, 400)
    }
    await browser.submit({ decision: 'allow' })
    for (const changed of tampered(t, browser, `${prefixes.host}gatehouse_session`)) {
      await changed.open(`${address}&prompt=none`)
      t.is(new URL(changed.page.url).searchParams.get('error'), 'login_required')
    }
    await browser.open(`${address}&prompt=none`)
    t.truthy(new URL(browser.page.url).searchParams.get('code'))
  })

  test(`on ${scheme} browsers are ${scheme === 'https' ? '' : 'not '}told to require TLS`, async t => {
    const { headers } = await new Browser(gatehouse.url, {}, via).fetch(`${gatehouse.url}/`)
    t.is(headers.has('strict-transport-security'), scheme === 'https')
  })
}

/** Copies of a browser, each with another byte of that cookie changed: the first, the last and one between. */
function tampered(t: ExecutionContext, browser: Browser, name: string): Browser[] {
  const [key, cookie] = [...browser.cookies].find(([, each]) => each.name === name) ?? t.fail(`no cookie ${name}`)
  return [0, Math.floor(cookie.value.length / 2), cookie.value.length - 1].map(at => {
    const other = cookie.value[at] === 'A' ? 'B' : 'A'
    const copy = browser.copy()
    copy.cookies.set(key, { ...cookie, value: cookie.value.slice(0, at) + other + cookie.value.slice(at + 1) })
    return copy
  })
}

function resumePath(browser: Browser): string {
  return [...browser.cookies.values()].find(({ name }) => name.endsWith('gatehouse_resume'))!.path
}
