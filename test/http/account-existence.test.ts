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
 * Whether an address has an account, and what kind, shows nowhere. A stranger walks any roads in any order with an
 * address, and everything that they can observe is compared with what they observe of an address that nobody has; of the
 * time of an answer, which no test can rely on, what it is spent on.
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

/** All addresses are equally long, so that pages are. */
const NAME = 'person'
const MINE = 'what the stranger types everywhere'

async function verified(): Promise<Person> {
  const person = await makePerson(gatehouse, { name: NAME })
  await testAccounts.with(person.id, account => app.verification.markVerified(account, { by: operator }))
  return person
}

/** Whom an address can belong to. */
const kinds: Record<string, () => Promise<string>> = {
  unknown: async () => testAccounts.fresh(NAME),
  known: async () => (await verified()).email,
  unverified: async () => (await makePerson(gatehouse, { name: NAME })).email,
  async pending() {
    const email = testAccounts.fresh(NAME)
    await app.scope(() => app.registration.apply({ email, password: PASSWORD }, { by: stranger() }))
    // The request counts like any other, which only reveals to a requester what they did.
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
    const foreigner = people.foreigner({ email: testAccounts.fresh(NAME) })
    await people.receive(provider, foreigner)
    return foreigner.email
  },
  async 'left behind'() {
    const { id, email } = await verified()
    const to = testAccounts.fresh(NAME)
    await testAccounts.with(id, account => app.emailChange.request(account, to, { by: stranger(), browser: 'b' }))
    const token = await testAccounts.token(to, 'change-email')
    await app.scope(() => app.emailChange.complete(token, { by: stranger(), browser: 'b' }))
    await app.limits.emailByAddress.reset(email)
    return email
  },
}

/** What every answer has of its own. */
const OF_ITS_OWN = new Set(['date', 'etag', 'x-request-id'])

/** What of an answer a stranger sees, without what differs from one answer to the next whatever is asked. */
class Observer {
  readonly seen: string[] = []
  /** What each answer takes. */
  readonly work: string[] = []
  readonly #known: [string, string][] = []

  /** Two addresses are not told apart by how they are spelt. */
  means(text: string, word: string) {
    this.#known.push([text, word], [encodeURIComponent(text), word])
  }

  async note(response: Response, request: string) {
    const headers = [...response.headers].filter(([name]) => !OF_ITS_OWN.has(name))
    const cookies = response.headers.getSetCookie().map(line => line.replace(/=[^;]*/, value => `=${value.length}`))
    const rest = headers.filter(([name]) => name !== 'set-cookie').map(([name, value]) => `${name}: ${value}`)
    this.seen.push(this.#blurred([request, response.status, ...rest, ...cookies, await response.text()].join('\n')))
    this.work.push(this.#blurred([request, ...work.of(response)].join('\n')))
  }

  #blurred(text: string): string {
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
  /** At an application's sign-in page. */
  browser(): Promise<Browser>
  /** Where they are signed in to an account of their own. */
  own: WatchedBrowser
  change(email: string): Promise<Response>
}

const roads: Record<string, (email: string, stranger: Stranger) => Promise<unknown>> = {
  'signing in': async (email, { browser }) => (await browser()).submit({ email, password: MINE }),
  'a passkey': async (email, { browser }) => {
    const page = await browser()
    await page.submit({ challenge_token: 'x', response: JSON.stringify({ id: email }) }, { action: '/passkey' })
  },
  async registering(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: MINE })
    return page.page.status === 200 ? page.follow('Go on') : page
  },
  async 'registering, and asking again'(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: MINE })
    if (page.page.status !== 200) return page
    for (const _ of [1, 2]) await page.submit({}, { action: '/resend' })
    return page.follow('Go on')
  },
  async 'registering, registering elsewhere, and asking again'(email, { browser }) {
    const [page, other] = [await browser(), await browser()]
    for (const each of [page, other]) {
      await each.follow('Create an account')
      await each.submit({ email, name: 'Ada', password: MINE })
    }
    if (page.page.status === 200) await page.submit({}, { action: '/resend' })
  },
  async 'signing in where an account has signed in before'(email, { browser, own }) {
    const known = await browser()
    for (const [name, cookie] of own.cookies) if (name.includes('gatehouse_device')) known.cookies.set(name, cookie)
    await known.submit({ email, password: MINE })
  },
  async 'registering, then signing in there'(email, { browser }) {
    const page = await (await browser()).follow('Create an account')
    await page.submit({ email, name: 'Ada', password: MINE })
    if (page.page.status !== 200) return page
    return (await page.follow('Back')).submit({ email, password: MINE })
  },
  'forgetting the password': async (email, { observer }) =>
    (await new WatchedBrowser(observer).open(`${url}/forgot-password`)).submit({ email }),
  async 'an email that signs in'(email, { browser }) {
    const page = await askForEmail(await browser(), email)
    if (page.page.status === 200) await page.submit({ code: '0000-0000' })
  },
  async 'a provider that gives no email'(email, { browser }) {
    const page = await browser()
    const interaction = page.page.url.split('/').at(-1)!
    const result = answer({ sub: randomUUID(), name: NAME })
    const key = bindingKey({ interaction, browser: page.cookies.get('/ gatehouse_form')!.value })
    await app.kept.put(RETURNED_RESULT, key, { providerId: provider.id, begunAt: epoch(app.clock.now()), result })
    await page.open(`${page.page.url}/upstream-result`)
    await page.submit({ email, name: 'Ada' })
  },
  async 'moving there'(email, { own }) {
    await own.open(`${url}/account/security`)
    await own.submit({ email }, { action: '/account/email-change' })
  },
  'moving there by the API': (email, { change }) => change(email),
}

/** The first lines in which two walks differ; null where they are alike. */
function differing(one: string[], other: string[]): string[] | null {
  const [lines, others] = [one, other].map(seen => seen.join('\n\n').split('\n')) as [string[], string[]]
  const at = lines.findIndex((line, i) => line !== others[i])
  if (at < 0 && lines.length === others.length) return null
  return [lines, others].map(each => each.slice(Math.max(0, at - 3), at + 3).join('\n'))
}

/** All that a stranger sees who walks these roads with an address, what becomes of their own links, and their mail. */
async function walk(names: readonly string[], email: string): Promise<string[]> {
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
    observer.means(text!, word!)
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
  for (const name of names) await roads[name]!(email, visitor)
  for (const link of links) await own.open(link)
  const mail = [...(await testAccounts.emails(me.email)), ...(await testAccounts.emails(before))]
  return [...observer.seen, `mail: ${mail}`, `history: ${await testAccounts.history(me.id)}`, ...observer.work]
}

test('F-21: no response and no response time tells a stranger whether an address has an account', async t => {
  // What the first requests of a server do once is done.
  await walk(Object.keys(roads), await kinds.unknown!())
  const journeys = fc.array(fc.constantFrom(...Object.keys(roads)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(journeys, async names => {
      const usual = await walk(names, await kinds.unknown!())
      for (const [kind, make] of Object.entries(kinds)) {
        const seen = await walk(names, await make())
        const difference = differing(seen, usual)
        if (difference) t.log(`${kind}: ${names.join(', ')}`, difference)
        t.is(difference, null)
      }
    }),
    {
      // All of them, and as often as limits allow and once more; then as it comes.
      examples: [
        [Object.keys(roads)],
        [['registering', ...Array(4).fill('signing in')]],
        [Array(6).fill('registering, and asking again')],
      ],
      numRuns: 5,
      endOnFailure: true,
      includeErrorInReport: true,
    },
  )
})
