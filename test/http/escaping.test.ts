import test, { type ExecutionContext } from 'ava'
import { parse } from 'node-html-parser'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { exchangeRaw } from '../support/raw-http.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

// Not in production mode: error pages show the developer all parameters.
const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { url } = gatehouse
const HOSTILE = `'"></title></textarea><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">`
const CRLF = 'x\r\nX-Evil: 1\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>'

/** Checks that nothing of the request has become markup. */
function inert(t: ExecutionContext, html: string, about: string): void {
  const page = parse(html)
  // A sign-out without a session gets a page that submits itself; passkey pages load two scripts of ours.
  const scripts = page
    .querySelectorAll('script')
    .filter(each => !each.innerHTML.includes('document.forms[0].submit()'))
    .filter(each => each.innerHTML !== '' || !each.getAttribute('src')?.startsWith('/assets/'))
  t.is(scripts.length, 0, about)
  t.is(page.querySelectorAll('img[src="x"]').length, 0, about)
  t.is(page.querySelectorAll('[href^="javascript:"], [action^="javascript:"], [src^="javascript:"]').length, 0, about)
  t.notRegex(html, /<script>alert|<img src=x/, about)
}

const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'ui_locales',
  'claims_locales',
  'login_hint',
  'acr_values',
  'claims',
  'id_token_hint',
  'request',
  'request_uri',
  'registration',
  'resource',
  'code_challenge',
  'code_challenge_method',
  'post_logout_redirect_uri',
  'logout_hint',
  'error',
  'error_description',
  'user_code',
  'xsrf',
  'v',
  HOSTILE,
  '__proto__',
]

test('X-01: no page returns a parameter as markup', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const good = (await rp.begin()).url.searchParams
  const pages = ['/auth', '/session/end', '/session/end/success', '/auth/gone', '/interaction/gone', '/setup/gone']
  let shown = 0
  for (const path of [...pages, '/reset-password/gone', '/token', '/me', '/nothing', '/']) {
    for (const name of NAMES) {
      for (const base of [good, new URLSearchParams({ client_id: 'nobody' }), new URLSearchParams()]) {
        const parameters = new URLSearchParams(base)
        parameters.set(name, HOSTILE)
        const response = await fetch(`${url}${path}?${parameters}`, {
          redirect: 'manual',
          headers: { accept: 'text/html', 'accept-language': HOSTILE.replaceAll('"', '') },
        })
        const html = await response.text()
        inert(t, html, `${path} ${name}`)
        t.regex(response.headers.get('content-security-policy') ?? '', /script-src ('none'|'sha256-[^']+');/, path)
        if (html.includes('&lt;script&gt;')) shown++
      }
    }
  }
  t.true(shown > NAMES.length, 'error pages show the developer the parameters')
})

test('X-01: no page returns a hostile path or form value as markup', async t => {
  for (const path of [
    `/${HOSTILE}`,
    `/interaction/${HOSTILE}`,
    `/setup/${HOSTILE}`,
    `/reset-password/${HOSTILE}`,
    '/%E0%A4%A',
  ]) {
    const response = await fetch(`${url}${encodeURI(path).replace('%25E0%25A4%25A', '%E0%A4%A')}`, {
      headers: { accept: 'text/html' },
    })
    t.true(response.status >= 400 && response.status < 500, `${response.status} ${path}`)
    inert(t, await response.text(), path)
  }
  const rp = await RelyingParty.register(gatehouse)
  const browser = await new Browser(url).open((await rp.begin({ login_hint: HOSTILE })).url.href)
  t.is(browser.field('email'), HOSTILE)
  inert(t, browser.page.html, 'login_hint')
  await browser.submit({ email: HOSTILE, password: HOSTILE })
  t.is(browser.field('email'), HOSTILE)
  inert(t, browser.page.html, 'sign-in')
  await browser.follow('Create an account')
  await browser.submit({ email: HOSTILE, name: HOSTILE.repeat(5), password: 'x' })
  inert(t, browser.page.html, 'register')
})

test('X-01: a browser cannot interpret a JSON response as a page', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { headers, status } = await rp.post('/token', { grant_type: HOSTILE, code: HOSTILE, redirect_uri: HOSTILE })
  t.is(status, 400)
  t.regex(headers.get('content-type') ?? '', /^application\/json/)
  t.is(headers.get('x-content-type-options'), 'nosniff')
})

test('X-02: names of applications and people are shown as text everywhere', async t => {
  const name = HOSTILE.slice(0, 100)
  const rp = await RelyingParty.register(gatehouse, { name, uri: 'https://app.example.org/?"><script>' })
  const ada = await makePerson(gatehouse)
  await gatehouse.app.scope(async () => {
    const account = await gatehouse.app.accounts.find(ada.id)
    account.name = name
    await gatehouse.app.accounts.flush()
  })
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  const pages: Record<string, string> = { 'sign-in': browser.page.html }
  await browser.follow('Create an account')
  pages.register = browser.page.html
  await browser.open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  pages.consent = browser.page.html
  t.true(browser.text.includes('<script>alert(1)</script>'))
  await browser.submit({ decision: 'allow' })
  pages['sign-out'] = (await browser.open(`${url}/session/end?client_id=${rp.id}`)).page.html
  pages.error = (await browser.open((await rp.begin({ redirect_uri: 'https://evil.test/' })).url.href)).page.html
  for (const [page, html] of Object.entries(pages)) {
    t.true(html.includes('&lt;script&gt;'), page)
    inert(t, html, page)
  }
})

test('X-04: no line break of a request becomes a response header', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  const cookie = [...browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ')
  const answers = []
  for (const name of NAMES.slice(0, -2)) {
    for (const [path, prompt] of [
      ['/auth', 'none'],
      ['/auth', 'login'],
      ['/session/end', ''],
      ['/interaction/gone', ''],
    ] as const) {
      const { searchParams } = (await rp.begin({ prompt })).url
      searchParams.set(name, CRLF)
      const target = `${path}?${searchParams}`
      answers.push(
        await exchangeRaw(
          url,
          `GET ${target} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
        ),
      )
    }
  }
  answers.push(
    await exchangeRaw(url, `GET /${encodeURIComponent(CRLF)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    await exchangeRaw(url, `GET /assets/${encodeURIComponent(CRLF)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  )
  for (const { status, head } of answers) {
    t.true(status >= 200 && status < 500, head)
    t.notRegex(head, /^(x-evil|set-cookie: evil)/im)
  }
  t.true(answers.some(({ head }) => head.includes(`ocation: ${CALLBACK}?code=`) && head.includes('%0D%0AX-Evil')))
})
