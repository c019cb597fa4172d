import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { TimeTravel } from '../support/time-travel.ts'
import { Upstream, type UpstreamPerson } from '../support/upstream.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({
  env: { OUTBOUND_ALLOW: upstream.host, SIGN_IN_LIMIT_IP: '1000/1h' },
})
const { app, url } = gatehouse
await upstream.connect(gatehouse)
test.after.always(async () => {
  await gatehouse.stop()
  upstream.close()
})

const SECURITY = `${url}/account/security`
const CONNECT = { action: '/identities' }
const WITHOUT_PASSWORD = { action: '/password', method: 'delete' }
const disconnect = (id: string) => ({ action: `/identities/${id}`, method: 'delete' })

function upstreamIdentity(claims: Partial<UpstreamPerson> = {}): UpstreamPerson {
  return upstream.person({ sub: crypto.randomUUID(), email: 'ada@there.example', email_verified: true, ...claims })
}

async function openSecurity(person: Person, browser = new Browser(url)): Promise<Browser> {
  await browser.open(SECURITY)
  if (browser.field('password') !== undefined) await browser.submit({ email: person.email, password: person.password })
  if (browser.heading !== 'Security') throw new Error(`not signed in: ${browser.text.slice(0, 300)}`)
  return browser
}

/** A person on the security page, connected to an identity at the provider. */
async function connected() {
  const person = await makePerson(gatehouse)
  const there = upstreamIdentity()
  const browser = await openSecurity(person)
  await browser.submit({ provider: 'example' }, CONNECT)
  await upstream.through(browser, { as: there })
  return { person, there, browser }
}

const links = ({ id }: Person) =>
  app.scope(async () => (await app.identityLinks.of(id)).map(link => ({ id: link.id, subject: link.subject })))
const kinds = async ({ id }: Person) => (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)

test.serial('a person connects an account at a provider, sees it, is emailed about it, and disconnects it', async t => {
  const { person, there, browser } = await connected()
  t.is(browser.page.url, `${SECURITY}?done=connected`)
  t.regex(browser.text, /The account is connected.*Example Upstream ada@there\.example Since/)
  t.deepEqual(
    (await links(person)).map(({ subject }) => subject),
    [there.sub],
  )
  const [sent] = await queuedEmails(gatehouse, person.email, 'factor-changed')
  t.like(sent?.data, { change: 'identity-linked', provider: 'Example Upstream' })
  await browser.open(`${url}/account/history`)
  t.regex(browser.text, /Example Upstream connected/)

  await browser.open(SECURITY)
  const { id } = (await links(person))[0]!
  await browser.submit({}, disconnect(id))
  t.regex(browser.text, /The account is disconnected/)
  t.deepEqual(await links(person), [])
  t.deepEqual(
    (await kinds(person)).filter(kind => kind.startsWith('identity.')),
    ['identity.unlinked', 'identity.linked'],
  )
  t.is((await queuedEmails(gatehouse, person.email, 'factor-changed')).at(-1)?.data.change, 'identity-unlinked')
})

test.serial(
  'U-06: a request from another site, by GET or without a valid CSRF token connects and disconnects nothing',
  async t => {
    const { person, browser } = await connected()
    const before = await links(person)
    const { id } = before[0]!
    const foreignToken = (await new Browser(url).open(`${url}/account`)).field('csrf')!
    const forms: [string, Record<string, string>][] = [
      ['/identities', { provider: 'example' }],
      [`/identities/${id}`, {}],
    ]
    for (const [action, fields] of forms) {
      const attacks: { fields: Record<string, string>; headers: Record<string, string> }[] = [
        { fields, headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
        { fields: { ...fields, csrf: '' }, headers: {} },
        { fields: { ...fields, csrf: foreignToken }, headers: {} },
      ]
      for (const attack of attacks) {
        await openSecurity(person, browser)
        await browser.submit(attack.fields, { action, headers: attack.headers })
        t.is(browser.page.status, 403, action)
        t.is(browser.document.querySelector('meta[http-equiv]'), null)
      }
      t.is((await browser.fetch(`${url}/account${action}?${new URLSearchParams(fields)}`)).status, 404, action)
    }
    await browser.open(`${url}/account/upstream-result`)
    t.is(browser.page.status, 404)
    t.regex(browser.text, /Nothing was connected/)
    t.deepEqual(await links(person), before)
  },
)

test.serial(
  'U-06: a returned result works once, and only for the person and the browser that started the request',
  async t => {
    const [ada, eve] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Eve' })]
    const browser = await openSecurity(ada)
    await browser.submit({ provider: 'example' }, CONNECT)
    const address = browser.document.querySelector('a.button')!.getAttribute('href')!
    const back = await upstream.visit(address, { as: upstreamIdentity() })

    const elsewhere = await openSecurity(eve)
    await elsewhere.open(back)
    t.is(elsewhere.page.status, 404, 'another browser')
    t.deepEqual(await links(eve), [])

    const returned = await browser.fetch(back)
    t.is(new URL(returned.headers.get('location')!, url).pathname, '/account/upstream-result')
    await browser.open(`${url}/session/end`)
    await browser.submit({ logout: 'yes' })
    await openSecurity(eve, browser)
    await browser.open(`${url}/account/upstream-result`)
    t.regex(browser.text, /you are somebody else here by now/)
    t.deepEqual([await links(ada), await links(eve)], [[], []])

    await browser.open(`${url}/session/end`)
    await browser.submit({ logout: 'yes' })
    await openSecurity(ada, browser)
    await browser.open(`${url}/account/upstream-result`)
    t.is((await links(ada)).length, 1)
    await browser.open(`${url}/account/upstream-result`)
    t.regex(browser.text, /Nothing was connected/)
    t.is((await links(ada)).length, 1)
  },
)

test.serial('connecting an account needs a recent sign-in', async t => {
  const person = await makePerson(gatehouse)
  const browser = await openSecurity(person)
  new TimeTravel(t).pass(21 * 60)
  const asked = upstream.asked.length
  await browser.submit({ provider: 'example' }, CONNECT)
  t.is(browser.heading, 'Sign in')
  t.is(upstream.asked.length, asked)
  await openSecurity(person, browser)
  t.deepEqual(await links(person), [])
})

test.serial('N-04: an identity that is connected to one account cannot be connected to another', async t => {
  const { person: ada, there } = await connected()
  const eve = await makePerson(gatehouse, { name: 'Eve' })
  const browser = await openSecurity(eve)
  await browser.submit({ provider: 'example' }, CONNECT)
  await upstream.through(browser, { as: there })
  t.is(browser.page.status, 409)
  t.regex(browser.text, /This account at Example Upstream is connected here already/)
  t.false(browser.text.includes(ada.email))
  t.deepEqual([(await links(ada)).length, (await links(eve)).length], [1, 0])
})

test.serial('after a failed upstream request, the security page says what went wrong', async t => {
  const person = await makePerson(gatehouse)
  const browser = await openSecurity(person)
  await browser.submit({ provider: 'example' }, CONNECT)
  await upstream.through(browser, { cancel: true })
  t.regex(browser.text, /You did not finish at Example Upstream, so nothing was connected/)

  await browser.submit({ provider: 'example' }, CONNECT)
  upstream.fault = 'failing token'
  await upstream.through(browser, { as: upstreamIdentity() })
  upstream.fault = null
  t.regex(browser.text, /Example Upstream does not answer just now/)

  await browser.submit({ provider: 'example' }, CONNECT)
  await app.scope(() => app.identityProviders.disable('example', { by: operator }))
  await upstream.through(browser, { as: upstreamIdentity() })
  t.regex(browser.text, /Nobody can sign in through this provider any more/, 'U-08')
  t.is(browser.document.querySelector('[action$="/identities"]'), null)
  await app.scope(() => app.identityProviders.enable('example', { by: operator }))

  for (const word of ['taken', 'x', '<script>'])
    t.is(
      (await openSecurity(person, await browser.open(`${SECURITY}?upstream=${word}`))).document.querySelector(
        '.problems',
      ),
      null,
    )
  t.deepEqual(await links(person), [])
})

test.serial(
  'the last sign-in method cannot be removed, but a person with a connection can remove the password',
  async t => {
    const lone = await openSecurity(await makePerson(gatehouse))
    t.is(lone.has(WITHOUT_PASSWORD), false)

    const { person, browser } = await connected()
    await browser.open(SECURITY)
    await browser.submit({}, WITHOUT_PASSWORD)
    t.regex(browser.text, /Your password is removed/)
    t.regex(browser.text, /Set a password/)
    const { id } = (await links(person))[0]!
    await browser.submit({}, disconnect(id))
    t.is(browser.page.status, 403)
    t.regex(browser.text, /This is your only way to sign in/)
    t.is((await links(person)).length, 1)
  },
)

test.serial('A-02: a person cannot disconnect the connection of another account', async t => {
  const { person } = await connected()
  const { browser } = await connected()
  await browser.open(SECURITY)
  const body = new URLSearchParams({ csrf: browser.field('csrf')!, method: 'delete' })
  await browser.open(`${url}/account/identities/${(await links(person))[0]!.id}`, { method: 'POST', body })
  t.is(browser.page.status, 404)
  t.is((await links(person)).length, 1)
})
