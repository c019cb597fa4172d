import { randomUUID } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { ACTIONS } from '../../src/http/account/sections.ts'
import { ROUTES as LINKS } from '../../src/http/links/routes.ts'
import { ROUTES as SIGN_IN } from '../../src/http/sign-in/routes.ts'
import { Browser, leadsTo } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/15m' } })
const rp = await RelyingParty.register(gatehouse)
test.after.always(() => gatehouse.stop())

interface Subject {
  /** The browser that has the form open. */
  browser: Browser
  /** The values that a person fills in. */
  fields: Record<string, string>
  /** The end of the action of the form, which tells it from other forms of the page. */
  action: string
  /** Whether the form has taken effect. */
  done(): Promise<boolean>
}

const { app, url } = gatehouse

const signInPage = async (browser = new Browser(url), parameters: Record<string, string> = {}) =>
  browser.open((await rp.begin(parameters)).url.href)
const consents = (id: string) => app.scope(async () => (await app.consents.find(id, rp.id)) !== null)

async function signedIn() {
  const person = await makePerson(gatehouse)
  return { person, browser: (await rp.signIn(person)).browser }
}

/** Opens each kind of form. */
const subjects: Record<string, () => Promise<Subject>> = {
  async 'sign-in'() {
    const ada = await makePerson(gatehouse)
    const browser = await signInPage()
    const fields = { email: ada.email, password: ada.password }
    const done = async () =>
      (await app.scope(() => app.audit.of(ada.id))).some(({ kind }) => kind.startsWith('sign-in'))
    return { browser, fields, action: '/sign-in', done }
  },
  async register() {
    const browser = await (await signInPage()).follow('Create an account')
    const email = `new-${randomUUID()}@example.org`
    const done = async () => (await app.scope(() => app.accounts.findByEmail(email))) !== null
    return { browser, fields: { email, name: 'New', password: 'rather long and rare' }, action: '/register', done }
  },
  async consent() {
    const ada = await makePerson(gatehouse)
    const browser = await (await signInPage()).submit({ email: ada.email, password: ada.password })
    return { browser, fields: { decision: 'allow' }, action: '/consent', done: () => consents(ada.id) }
  },
  async abort() {
    const browser = await signInPage()
    const start = browser.page.url
    const done = async () => (await browser.fetch(start)).status !== 200
    return { browser, fields: {}, action: '/abort', done }
  },
  async recover() {
    const ada = await makePerson(gatehouse)
    const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
    const browser = await new Browser(url).open(`/reset-password/${token}`)
    const done = async () => (await app.scope(() => app.links.holder('reset-password', token))) === null
    return { browser, fields: { password: 'rather long and rare' }, action: `/reset-password/${token}`, done }
  },
  async setup() {
    const token = (await app.scope(() => app.setup.link()))!
    const browser = await new Browser(url).open(`/setup/${token}`)
    const email = `first-${randomUUID()}@example.org`
    const done = async () => !(await app.scope(() => app.setup.pending()))
    return { browser, fields: { email, password: 'rather long and rare' }, action: `/setup/${token}`, done }
  },
  async 'sign-out'() {
    const ada = await makePerson(gatehouse)
    const { browser } = await rp.signIn(ada)
    await browser.open(`${url}/session/end`)
    const done = async () => (await app.sessions.of(ada.id)).length === 0
    return { browser, fields: { logout: 'yes' }, action: '/session/end/confirm', done }
  },
}

/** The form as a browser sends it. */
function sentForm({ browser, fields, action }: Subject): { address: string; body: URLSearchParams } {
  const forms = browser.document.querySelectorAll('form')
  const form = forms.find(candidate => candidate.getAttribute('action')?.endsWith(action))!
  const hidden = form.querySelectorAll('input[type="hidden"]')
  const body = new URLSearchParams(hidden.map(each => [each.getAttribute('name')!, each.getAttribute('value')!]))
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return { address: new URL(form.getAttribute('action')!, url).href, body }
}

const own = { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' }
const changed = (body: URLSearchParams, change: (body: URLSearchParams) => void) => {
  const copy = new URLSearchParams(body)
  change(copy)
  return copy
}

for (const [name, open] of Object.entries(subjects)) {
  test.serial(`S-03, S-04: the ${name} form is accepted only from its own page, with its own token`, async t => {
    const token = name === 'sign-out' ? 'xsrf' : 'csrf'
    const theirs = sentForm(await open()).body.get(token)!
    const subject = await open()
    const { browser } = subject
    const { address, body } = sentForm(subject)
    const post = (headers: Record<string, string>, sent: URLSearchParams | FormData | string = body, from = browser) =>
      from.fetch(address, { method: 'POST', headers, body: sent })
    const attacks: Record<string, () => Promise<Response>> = {
      'from another site': () => post({ origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }),
      'from a sibling site': () => post({ origin: 'http://evil.localhost', 'sec-fetch-site': 'same-site' }),
      'from a sandboxed frame': () => post({ origin: 'null' }),
      'from another site, without an Origin header': () => post({ 'sec-fetch-site': 'cross-site' }),
      'as plain text': () => post({ ...own, 'content-type': 'text/plain' }, body.toString()),
      'as JSON': () => post({ ...own, 'content-type': 'application/json' }, JSON.stringify(Object.fromEntries(body))),
      'as multipart': () => {
        const parts = new FormData()
        for (const [key, value] of body) parts.set(key, value)
        return post(own, parts)
      },
      'without a type': () => post({ ...own, 'content-type': '' }, body.toString()),
      'without a token': () =>
        post(
          own,
          changed(body, copy => copy.delete(token)),
        ),
      'with an empty token': () =>
        post(
          own,
          changed(body, copy => copy.set(token, '')),
        ),
      "with another browser's token": () =>
        post(
          own,
          changed(body, copy => copy.set(token, theirs)),
        ),
      'without cookies': () => post(own, body, new Browser(url)),
    }
    for (const [attack, send] of Object.entries(attacks)) {
      const { status, headers } = await send()
      t.true(status >= 400 && status < 500, `${attack}: ${status}`)
      t.is(headers.get('location'), null, attack)
      t.false(await subject.done(), attack)
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      const { headers } = await browser.fetch(`${address}?${body}`, { method, headers: own })
      t.is(headers.get('location'), null, method)
      t.false(await subject.done(), method)
    }

    await browser.submit(subject.fields, { action: subject.action })
    t.true(await subject.done(), 'the form itself still works')
  })
}

test.serial(
  'Q-13: every form takes effect when it is sent twice at once, and neither response is a server error',
  async t => {
    // Setup can be done only once; test/lifecycle/setup.test.ts sends its form many times at once.
    for (const [name, open] of Object.entries(subjects).filter(([name]) => name !== 'setup')) {
      const subject = await open()
      const { address, body } = sentForm(subject)
      const press = () => subject.browser.fetch(address, { method: 'POST', headers: own, body })
      const answers = await Promise.all([press(), press()])
      const statuses = answers.map(({ status }) => status)
      const targets = answers.map(async answer => answer.headers.get('location') ?? leadsTo(await answer.text()))
      const onward = (await Promise.all(targets)).findLast(target => target !== null)
      if (onward) await subject.browser.open(onward)
      t.true(await subject.done(), name)
      t.true(statuses.some(status => status < 400) && statuses.every(status => status < 500), `${name}: ${statuses}`)
    }
  },
)

test.serial('Q-11: every form that sets a password names the account to password managers', async t => {
  const { browser, person } = await signedIn()
  const bare = await signedIn()
  await app.scope(async () => {
    const account = await app.accounts.find(bare.person.id)
    await app.passwords.remove(account, { by: operator })
    await app.em.flush()
  })
  const pages: [Browser, string | undefined][] = [
    [await browser.open(`${url}/account/security`), person.email],
    [await bare.browser.open(`${url}/account/security`), bare.person.email],
    [(await subjects.recover!()).browser, undefined],
    [(await subjects.register!()).browser, undefined],
  ]
  for (const [{ document, page }, email] of pages) {
    const forms = document.querySelectorAll('form').filter(form => form.querySelector('[autocomplete="new-password"]'))
    t.true(forms.length > 0, page.url)
    for (const form of forms) {
      const username = form.querySelector('[autocomplete="username"]')
      t.truthy(username, page.url)
      if (email) t.is(username?.getAttribute('value'), email)
    }
  }
})

test('an expired registration form says so, keeps what was typed, and can be sent again', async t => {
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.follow('Create an account')
  const email = `late-${randomUUID()}@example.org`
  await browser.submit({ email, name: 'Late', password: 'rather long and rare', csrf: 'from-another-day' })
  t.is(browser.page.status, 403)
  t.regex(browser.text, /This page timed out Nothing was sent/)
  t.is(browser.field('email'), email)
  t.is(browser.field('name'), 'Late')
  t.is(browser.field('password') ?? '', '')
  t.is(await app.scope(() => app.accounts.findByEmail(email)), null)

  await browser.submit({ password: 'rather long and rare' })
  t.is(browser.page.status, 200)
  t.truthy(await app.scope(() => app.accounts.findByEmail(email)))
})

type Person = Awaited<ReturnType<typeof makePerson>>

async function atProfile({ email, password }: Person, browser = new Browser(url)): Promise<Browser> {
  await browser.open('/account/profile')
  return browser.submit({ email, password })
}

const signOut = async (browser: Browser) =>
  (await browser.open('/session/end')).submit({ logout: 'yes' }, { action: '/session/end/confirm' })

const tokenOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)![1]!
const nickname = (id: string) => app.scope(async () => (await app.accounts.find(id)).profile.nickname)

test('F-23: a form that one person left open does nothing after another person signs in', async t => {
  const [alice, dave] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const browser = await atProfile(alice)
  const left = browser.page
  await signOut(browser)
  await atProfile(dave, browser)
  const csrf = browser.field('csrf')!

  browser.page = left
  await browser.submit({ nickname: 'Alice' })
  t.deepEqual([browser.page.status, browser.heading], [403, 'We could not accept this form'])
  t.deepEqual([await nickname(alice.id), await nickname(dave.id)], [undefined, undefined])

  const hers = tokenOf(left.html)
  const history = async () => (await app.scope(() => app.audit.of(dave.id))).length
  const before = await history()
  const sent = ACTIONS.filter(({ form, method }) => form && method !== 'get')
  t.true(sent.length > 20)
  for (const { path, method } of sent) {
    for (const token of [hers, hers.split('.')[0]!, hers.split('.')[1]!, csrf.split('.')[0]!, '.', '']) {
      const body = new URLSearchParams({ csrf: token, method, email: 'x@example.org' })
      const address = `/account${path.replace(/:\w+/, 'any')}`
      const { status } = await browser.fetch(address, { method: 'POST', headers: own, body })
      t.is(status, 403, `${method} ${path}`)
    }
  }
  t.is(await history(), before)
})

test('S-03: no form of a sign-in or behind a link works without the CSRF token of its page', async t => {
  const browser = await signInPage()
  const start = new URL(browser.page.url).pathname
  const sent = [...SIGN_IN.map(route => ({ ...route, path: start + route.path })), ...LINKS]
  const forms = sent.filter(({ method }) => method === 'post').map(({ path }) => path.replace(':token', 'any'))
  t.true(forms.length > 25)
  const fields = { email: 'x@example.org', password: 'rather long and rare', decision: 'allow' }
  for (const path of forms) {
    for (const csrf of ['', '.', 'x'.repeat(43)]) {
      const body = new URLSearchParams({ csrf, ...fields })
      const answer = await browser.fetch(path, { method: 'POST', headers: own, body, redirect: 'manual' })
      // A form of another step redirects to the current step; a sign-in method that is off answers 404.
      if (answer.status === 303) t.is(answer.headers.get('location'), start, path)
      else t.true([403, 404].includes(answer.status), path)
    }
  }
  t.is((await browser.open(start)).heading, 'Sign in')
})

test('F-23: after signing in again, the person continues with the same form and what they typed', async t => {
  const alice = await makePerson(gatehouse)
  const browser = await atProfile(alice)
  const left = browser.page
  await signOut(browser)
  await atProfile(alice, browser)

  browser.page = left
  await browser.submit({ nickname: 'Alice <1>' })
  t.is(browser.page.status, 403)
  t.regex(browser.text, /You signed in again after this page was opened, so nothing was changed/)
  t.is(browser.field('nickname'), 'Alice <1>')
  t.is(await nickname(alice.id), undefined)
  await browser.submit({})
  t.is(await nickname(alice.id), 'Alice <1>')

  const earlier = browser.field('csrf')!
  await signOut(browser)
  await atProfile(alice, browser)
  const body = new URLSearchParams({ csrf: earlier, method: 'delete' })
  await browser.open('/account/sessions', { method: 'POST', headers: own, body })
  t.true(browser.page.url.endsWith('/account/sessions?done=again'))
  t.regex(browser.text, /nothing was changed/)
})

test('F-23: what was typed after the session ended is shown to the same person only', async t => {
  const [alice, dave] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  for (const next of [dave, alice]) {
    const browser = await atProfile(alice)
    const left = browser.page
    await signOut(browser)
    browser.page = left
    await browser.submit({ nickname: `typed for ${next.email}` })
    t.truthy(browser.document.querySelector('[name="password"]'), 'the session had ended')
    for (const { value } of browser.cookies.values()) t.false(value.includes('typed'))
    await browser.submit({ email: next.email, password: next.password })
    t.true(browser.page.url.endsWith('/account/profile'))
    t.is(browser.field('nickname') ?? '', next === alice ? `typed for ${next.email}` : '')
    t.is(await nickname(next.id), undefined, 'the values are shown, not saved')
    await browser.submit({})
    t.is((await nickname(next.id)) ?? '', next === alice ? `typed for ${next.email}` : '')
    t.is((await browser.open('/account/profile')).page.status, 200)
    t.notRegex(browser.text, /You signed in again/)
  }
})
