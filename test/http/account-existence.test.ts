import { randomUUID } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { operator } from '../../src/base/actor.ts'
import { epoch } from '../../src/base/clock.ts'
import { RETURNED_RESULT } from '../../src/federation/upstream-requests.ts'
import { bindingKey } from '../../src/login/pending-sign-ins.ts'
import { stranger } from '../lifecycle/test-accounts.ts'
import { answer, UpstreamIdentities } from '../lifecycle/upstream-identities.ts'
import { AccountApplication, SCOPE } from '../support/account-api.ts'
import { Browser } from '../support/browser.ts'
import { askForEmail } from '../support/email-sign-in.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD, type Person } from '../support/people.ts'
import { RequestWork } from '../support/request-work.ts'

/**
 * No response shows whether an address has an account, or in what state. A stranger performs any of the actions below
 * with an address, in any order, and all that they can observe is compared with what they observe for an address without
 * an account. Response times are too noisy to compare, so the work behind each response is compared instead.
 */

const env = {
  EMAIL_VERIFICATION: 'required',
  SIGN_IN_BY_EMAIL: 'on',
  EMAIL_LIMIT_IP: '100000/1h',
  EMAIL_LIMIT_ADDRESS: '16/1h',
  SIGN_IN_LIMIT_IP: '100000/1h',
  SIGN_IN_LIMIT_ACCOUNT: '3/1h',
  API_LIMIT: '100000/1m',
}
const work = new RequestWork()
const gatehouse = await startGatehouse({ env })
const people = new UpstreamIdentities(gatehouse)
const { testAccounts } = people
const { app, url } = gatehouse
const application = await AccountApplication.register(gatehouse)
const provider = await people.provider()
test.after.always(() => {
  work.stop()
  return gatehouse.stop()
})

/** All addresses have the same length, so that pages have the same length. */
const NAME = 'person'
const GUESS = 'the password that the stranger types'

async function verified(): Promise<Person> {
  const person = await makePerson(gatehouse, { name: NAME })
  await testAccounts.with(person.id, account => app.verification.markVerified(account, { by: operator }))
  return person
}

/** Creates an address in each state that an address can be in. */
const kinds: Record<string, () => Promise<string>> = {
  unknown: async () => testAccounts.fresh(NAME),
  known: async () => (await verified()).email,
  unverified: async () => (await makePerson(gatehouse, { name: NAME })).email,
  async pending() {
    const email = testAccounts.fresh(NAME)
    await app.scope(() => app.registration.apply({ email, password: PASSWORD }, { by: stranger() }))
    // This registration counts toward the limit of the address; reset it, so that all addresses start with none used.
    await app.limits.emailByAddress.reset(email)
    return email
  },
  async suspended() {
    const { id, email } = await verified()
    await app.scope(() => app.suspension.suspend(id, { by: operator }))
    return email
  },
  async passwordless() {
    const email = testAccounts.fresh(NAME)
    await app.scope(() => app.registration.create({ email }, { by: operator, emailVerified: true }))
    return email
  },
  async 'upstream-only'() {
    const identity = people.upstreamUser({ email: testAccounts.fresh(NAME) })
    await people.receive(provider, identity)
    return identity.email
  },
  async former() {
    const { id, email } = await verified()
    const to = testAccounts.fresh(NAME)
    await testAccounts.with(id, account => app.emailChange.request(account, to, { by: stranger(), browser: 'b' }))
    const token = await testAccounts.token(to, 'change-email')
    await app.scope(() => app.emailChange.complete(token, { by: stranger(), browser: 'b' }))
    await app.limits.emailByAddress.reset(email)
    return email
  },
}

/** Headers that differ in every response. */
const UNIQUE_HEADERS = new Set(['date', 'etag', 'x-request-id'])

/** Records what a stranger sees of each response, without the values that differ in every response. */
class Observer {
  readonly seen: string[] = []
  /** The work behind each response. */
  readonly work: string[] = []
  readonly #known: [string, string][] = []

  /** Replaces a known text by a word, so that two addresses do not differ by their spelling. */
  alias(text: string, word: string) {
    this.#known.push([text, word], [encodeURIComponent(text), word])
  }

  async note(response: Response, request: string) {
    const headers = [...response.headers].filter(([name]) => !UNIQUE_HEADERS.has(name))
    const cookies = response.headers.getSetCookie().map(line => line.replace(/=[^;]*/, value => `=${value.length}`))
    const rest = headers.filter(([name]) => name !== 'set-cookie').map(([name, value]) => `${name}: ${value}`)
    this.seen.push(this.#normalized([request, response.status, ...rest, ...cookies, await response.text()].join('\n')))
    this.work.push(this.#normalized([request, ...work.of(response)].join('\n')))
  }

  #normalized(text: string): string {
    const plain = this.#known.reduce((whole, [known, word]) => whole.replaceAll(known, word), text)
    return plain
      .replace(/[\w-]{20,}/g, secret => `~${secret.length}`)
      .replace(/<dt>Request<.dt><dd>.*/, 'request')
      .replace(/expires=[^;\n]*/gi, 'expires')
      .replace(/retry-after: \d+/, seconds => `retry-after: ${Math.round(Number(seconds.split(' ')[1]) / 60)} min`)
      .replace(/"retry_after":\d+/, 'retry_after')
      .replace(/try again in \d+ s/, 'try again')
      .replace(/"request_id":"[^"]*"/, 'request')
  }
}

class WatchedBrowser extends Browser {
  readonly observer: Observer

  constructor(observer: Observer) {
    super(url)
    this.observer = observer
  }

  override async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const response = await super.fetch(address, init)
    await this.observer.note(response.clone(), `${init.method ?? 'GET'} ${new URL(address, url).pathname}`)
    return response
  }
}

interface Stranger {
  observer: Observer
  /** A new browser at an application's sign-in page. */
  browser(): Promise<Browser>
  /** The browser in which the stranger is signed in to their own account. */
  own: WatchedBrowser
  change(email: string): Promise<Response>
}

const actions: Record<string, (email: string, stranger: Stranger) => Promise<unknown>> = {
  'signing in': async (email, { browser }) => (await browser()).submit({ email, password: GUESS }),
  'signing in with a passkey': async (email, { browser }) => {
    const page = await browser()
    await page.submit({ challenge_token: 'x', response: JSON.stringify({ id: email }) }, { action: '/passkey' })
  },
  async registering(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: GUESS })
    return page.page.status === 200 ? page.follow('Go on') : page
  },
  async 'registering, and requesting the email again'(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: GUESS })
    if (page.page.status !== 200) return page
    for (const _ of [1, 2]) await page.submit({}, { action: '/resend' })
    return page.follow('Go on')
  },
  async 'registering in two browsers, and requesting the email again'(email, { browser }) {
    const [page, other] = [await browser(), await browser()]
    for (const each of [page, other]) {
      await each.follow('Create an account')
      await each.submit({ email, name: 'Ada', password: GUESS })
    }
    if (page.page.status === 200) await page.submit({}, { action: '/resend' })
  },
  async 'signing in where an account has signed in before'(email, { browser, own }) {
    const known = await browser()
    for (const [name, cookie] of own.cookies) if (name.includes('gatehouse_device')) known.cookies.set(name, cookie)
    await known.submit({ email, password: GUESS })
  },
  async 'registering, then signing in'(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: GUESS })
    if (page.page.status !== 200) return page
    return (await page.follow('Back')).submit({ email, password: GUESS })
  },
  'forgetting the password': async (email, { observer }) =>
    (await new WatchedBrowser(observer).open(`${url}/forgot-password`)).submit({ email }),
  async 'signing in by email'(email, { browser }) {
    const page = await askForEmail(await browser(), email)
    if (page.page.status === 200) await page.submit({ code: '0000-0000' })
  },
  async 'signing in with a provider that gives no email'(email, { browser }) {
    const page = await browser()
    const interaction = page.page.url.split('/').at(-1)!
    const result = answer({ sub: randomUUID(), name: NAME })
    const key = bindingKey({ interaction, browser: page.cookies.get('/ gatehouse_form')!.value })
    await app.kept.put(RETURNED_RESULT, key, { providerId: provider.id, begunAt: epoch(app.clock.now()), result })
    await page.open(`${page.page.url}/upstream-result`)
    await page.submit({ email, name: 'Ada' })
  },
  async 'changing the email to it'(email, { own }) {
    await own.open(`${url}/account/security`)
    await own.submit({ email }, { action: '/account/email-change' })
  },
  'changing the email to it by the API': (email, { change }) => change(email),
}

/** The first lines in which two records differ; null if they are equal. */
function differing(one: string[], other: string[]): string[] | null {
  const [lines, others] = [one, other].map(seen => seen.join('\n\n').split('\n')) as [string[], string[]]
  const at = lines.findIndex((line, i) => line !== others[i])
  if (at < 0 && lines.length === others.length) return null
  return [lines, others].map(each => each.slice(Math.max(0, at - 3), at + 3).join('\n'))
}

/** Performs the actions with an address: all that the stranger sees, also of their own links, and their emails. */
async function perform(names: readonly string[], email: string): Promise<string[]> {
  const observer = new Observer()
  const me = await verified()
  const before = testAccounts.fresh(NAME)
  const [own, client] = [new WatchedBrowser(observer), await application.signIn(me, new Browser(url))]
  for (const [name, cookie] of client.browser.cookies) own.cookies.set(name, cookie)
  await testAccounts.with(me.id, account => app.emailChange.request(account, before, { by: stranger() }))
  await app.scope(() => app.passwordReset.request(me.email, { by: stranger() }))
  const links = [await testAccounts.link(before, 'change-email'), await testAccounts.link(me.email, 'reset-password')]
  for (const [text, word] of [
    [email, 'THEIRS'],
    [me.email, 'MINE'],
    [before, 'BEFORE'],
    [me.id, 'ME'],
    ...links.map(link => [link.split('/').at(-1)!, 'TOKEN']),
  ])
    observer.alias(text!, word!)
  const visitor: Stranger = {
    observer,
    own,
    browser: async () =>
      new WatchedBrowser(observer).open((await application.rp.begin({ scope: SCOPE, login_hint: email })).url.href),
    async change(address) {
      const response = await fetch(`${url}/api/v1/me/email-change`, {
        method: 'POST',
        headers: { authorization: `Bearer ${client.tokens.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email: address }),
      })
      await observer.note(response, 'POST /me/email-change')
      return response
    },
  }
  for (const name of names) await actions[name]!(email, visitor)
  for (const link of links) await own.open(link)
  const mail = [...(await testAccounts.emails(me.email)), ...(await testAccounts.emails(before))]
  return [...observer.seen, `mail: ${mail}`, `history: ${await testAccounts.history(me.id)}`, ...observer.work]
}

test('F-21: neither a response nor the work behind it shows a stranger whether an address has an account', async t => {
  // A webhook that gets some of the events must not show which of them were recorded.
  const settings = { url: 'https://127.0.0.1:9/', kinds: ['account.', 'email.'] }
  await app.scope(() => app.webhooks.register(settings, { by: stranger() }))
  // Warm up: a server does some work only in its first requests.
  await perform(Object.keys(actions), await kinds.unknown!())
  const sequences = fc.array(fc.constantFrom(...Object.keys(actions)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(sequences, async names => {
      const usual = await perform(names, await kinds.unknown!())
      for (const [kind, make] of Object.entries(kinds)) {
        const seen = await perform(names, await make())
        const difference = differing(seen, usual)
        if (difference) t.log(`${kind}: ${names.join(', ')}`, difference)
        t.is(difference, null)
      }
    }),
    {
      // All actions once, then some until the limits refuse them; random sequences follow.
      examples: [
        [Object.keys(actions)],
        [['registering', ...Array(4).fill('signing in')]],
        [Array(6).fill('registering, and requesting the email again')],
      ],
      numRuns: 5,
      endOnFailure: true,
      includeErrorInReport: true,
    },
  )
})
