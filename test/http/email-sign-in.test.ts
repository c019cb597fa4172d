import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser, leadsTo } from '../support/browser.ts'
import { askForEmail, signInEmail } from '../support/email-sign-in.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person, setPassword } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: {
    SIGN_IN_BY_EMAIL: 'on',
    EMAIL_VERIFICATION: 'required',
    SIGN_IN_LIMIT_IP: '1000/1h',
    EMAIL_LIMIT_IP: '1000/1h',
  },
})
const other = await gatehouse.another()
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

const verifiedPerson = async () => {
  const ada = await makePerson(gatehouse)
  await app.scope(async () => app.verification.markVerified(await app.accounts.find(ada.id), { by: operator }))
  return ada
}
/** Requests an email, up to the page that asks for the code. */
async function requestEmail(email: string, parameters: Record<string, string> = {}, browser = new Browser(url)) {
  const begun = await rp.begin(parameters)
  await browser.open(begun.url.href)
  await askForEmail(browser, email)
  return { browser, begun, sent: () => signInEmail(gatehouse, email) }
}
const atApplication = ({ page }: Browser) => page.status === 0 && new URL(page.url).searchParams.has('code')
const events = async ({ id }: Pick<Person, 'id'>) =>
  (await app.scope(() => app.audit.of(id))).map(({ kind, reason }) => (reason ? `${kind} ${reason}` : kind))
const change = (id: string, work: (account: Awaited<ReturnType<typeof app.accounts.find>>) => Promise<unknown>) =>
  app.scope(async () => work(await app.accounts.find(id)))

test.serial('the code of an email signs in, however it is typed, and the ID token reports one factor', async t => {
  const ada = await verifiedPerson()
  const { browser, begun, sent } = await requestEmail(ada.email)
  t.is(browser.heading, 'Look into your mail')
  t.true(browser.text.includes(ada.email))
  const { code } = await sent()
  await browser.submit({ code: ` ${code.toLowerCase().replace('-', ' ').replaceAll('0', 'o')} ` })
  const claims = (await rp.redeem(begun, browser)).claims()
  t.deepEqual([claims?.acr, claims?.amr], ['urn:gatehouse:acr:1fa', ['email']])
  t.deepEqual((await events(ada)).slice(0, 2), ['sign-in.succeeded email', 'sign-in.email-requested'])
})

test.serial('the link of an email signs in in the same browser, and also uses up the code', async t => {
  const ada = await verifiedPerson()
  const { browser, sent } = await requestEmail(ada.email)
  const { link, code } = await sent()
  const tab = browser.copy()
  tab.page = browser.page
  await browser.open(link)
  t.is(browser.heading, 'Sign in?')
  t.true(browser.text.includes(ada.email))
  await browser.submit({}, { action: new URL(link).pathname })
  t.true(atApplication(browser))
  await tab.submit({ code })
  t.false(atApplication(tab))
})

test.serial('the page for the code can be reloaded, and can request another email', async t => {
  const ada = await verifiedPerson()
  const { browser, sent } = await requestEmail(ada.email)
  const first = await sent()
  await browser.open(browser.page.url)
  t.is(browser.heading, 'Look into your mail')
  t.is((await queuedEmails(gatehouse, ada.email, 'sign-in')).length, 1)
  await browser.submit({}, { action: '/email' })
  await browser.submit({ code: first.code })
  t.is(browser.page.status, 401)
  await browser.submit({ code: (await sent()).code })
  t.true(atApplication(browser))
})

test.serial('a person who entered no email is asked for one', async t => {
  const { browser } = await requestEmail('')
  t.is(browser.heading, 'Sign in by a letter')
  await browser.submit({ email: (await verifiedPerson()).email })
  t.is(browser.heading, 'Look into your mail')
})

test.serial(
  'M-06: after a sign-in by email the second factor is still required, even in a trusted browser',
  async t => {
    const ada = await verifiedPerson()
    const { authenticator } = await addApp(gatehouse, ada.id)
    clock.advance(60)
    const { browser, begun, sent } = await requestEmail(ada.email)
    await browser.submit({ code: (await sent()).code })
    t.is(browser.heading, 'One more step')
    const none = await browser.copy().open((await rp.begin({ prompt: 'none' })).url.href)
    t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')
    t.falsy(browser.document.querySelector('[name="trust"]'))
    await browser.submit({ code: authenticator.code() })
    const claims = (await rp.redeem(begun, browser)).claims()
    t.deepEqual([claims?.acr, claims?.amr], ['urn:gatehouse:acr:2fa', ['email', 'otp', 'mfa']])

    clock.advance(60)
    await browser.open((await rp.begin({ prompt: 'login' })).url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    await browser.submit({ code: authenticator.code(), trust: 'yes' })
    const again = await requestEmail(ada.email, { prompt: 'login' }, browser)
    await browser.open((await again.sent()).link)
    await browser.submit()
    t.is(browser.heading, 'One more step')
    t.true((await events(ada)).includes('sign-in.second-factor-requested'))
  },
)

test.serial(
  'S-11: for a person with a second factor, an email alone does not update auth_time, but with that factor it does',
  async t => {
    const ada = await verifiedPerson()
    const { authenticator } = await addApp(gatehouse, ada.id)
    clock.advance(60)
    const browser = new Browser(url)
    const before = await rp.begin()
    await browser.open(before.url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    await browser.submit({ code: authenticator.code(), trust: 'yes' })
    let last = Number((await rp.redeem(before, browser)).claims()?.auth_time)
    clock.advance(600)
    for (const parameters of [{ max_age: '0' }, { prompt: 'login' }] as Record<string, string>[]) {
      const { begun, sent } = await requestEmail(ada.email, parameters, browser)
      await browser.submit({ code: (await sent()).code })
      t.is(browser.heading, 'One more step')
      const silent = await rp.begin({ prompt: 'none' })
      const tab = await browser.copy().open(silent.url.href)
      t.is(Number((await rp.redeem(silent, tab)).claims()?.auth_time), last)
      clock.advance(60)
      await browser.submit({ code: authenticator.code() })
      const now = Number((await rp.redeem(begun, browser)).claims()?.auth_time)
      t.true(now >= last + 60)
      last = now
    }
  },
)

test.serial('S-01, S-03: a link that another person requested signs no one in', async t => {
  const mallory = await verifiedPerson()
  const { browser: hers, sent } = await requestEmail(mallory.email)
  const { link, code } = await sent()
  const victim = new Browser(url)
  await victim.open((await rp.begin()).url.href)
  await victim.open(link)
  t.is(victim.page.status, 403)
  t.is(victim.heading, 'Please go on where you began')
  t.false(victim.text.includes(mallory.email))
  t.is(victim.document.querySelector('form'), null)

  const body = new URLSearchParams({ csrf: hers.field('csrf') ?? '', code })
  const headers = { origin: new URL(url).origin }
  t.is((await victim.fetch(link, { method: 'POST', body, headers })).status, 403)
  const strange = { method: 'POST', body, headers: { origin: 'https://evil.example' } }
  for (const address of [link, hers.page.url.replace(/\/email$/, '/email-code')])
    t.is((await hers.fetch(address, strange)).status, 403, address)

  await victim.open((await rp.begin()).url.href)
  await askForEmail(victim, mallory.email.replace('@', '+not@'))
  await victim.submit({ code })
  t.is(victim.page.status, 401)
  await hers.submit({ code })
  t.true(atApplication(hers))
})

test.serial(
  'S-01: a link works in no other sign-in of the same browser, nor with only some of its cookies',
  async t => {
    const ada = await verifiedPerson()
    const { browser, sent } = await requestEmail(ada.email)
    const { code, link } = await sent()
    const thief = browser.copy()
    thief.page = browser.page
    thief.cookies.delete('/ gatehouse_form')
    await thief.open(link)
    t.is(thief.page.status, 403)
    const uid = (address: string) => /interaction\/([\w-]+)/.exec(address)![1]!
    const second = browser.copy()
    await second.open((await rp.begin()).url.href)
    await second.open(link.replace(uid(link), uid(second.page.url)))
    t.is(second.page.status, 403)
    await browser.submit({ code })
    t.true(atApplication(browser))
  },
)

test.serial('P-06: opening the link, however often, changes nothing', async t => {
  const ada = await verifiedPerson()
  const { browser, sent } = await requestEmail(ada.email)
  const { link, code } = await sent()
  const before = await events(ada)
  for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS']) {
    await fetch(link, { method })
    await browser.copy().fetch(link, { method })
  }
  t.deepEqual(await events(ada), before)
  await browser.submit({ code })
  t.true(atApplication(browser))
})

test.serial('P-02: of many simultaneous uses of one code or link, in two processes, exactly one signs in', async t => {
  const ada = await verifiedPerson()
  const { browser, sent } = await requestEmail(ada.email)
  const { code, link } = await sent()
  const codes = browser.page.url.replace(/\/email$/, '/email-code')
  await browser.open(link)
  const byLink = browser.field('csrf')!
  await browser.open(codes.replace(/-code$/, ''))
  const byCode = browser.field('csrf')!
  const headers = { origin: new URL(url).origin }
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => {
      const to = i % 2 ? link : codes
      const body = new URLSearchParams({ csrf: i % 2 ? byLink : byCode, code })
      return browser.fetch(to.replace(url, i % 4 < 2 ? url : other.url), { method: 'POST', body, headers })
    }),
  )
  const pages = await Promise.all(answers.map(answer => answer.text()))
  t.is(pages.filter(html => leadsTo(html)?.startsWith('/auth/')).length, 1)
})

/** Events after which the code and link of an email no longer work. */
const ENDINGS: Record<string, (ada: Person) => Promise<unknown>> = {
  'it has expired': async () => clock.advance(15 * 60 + 1),
  'the password has changed': ada => setPassword(app, ada.id, 'quite another long one'),
  'the person has signed out everywhere': ada => change(ada.id, account => app.signOut.of(account, { by: operator })),
  'the account has been suspended and reinstated': async ada => {
    await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
    await app.scope(() => app.suspension.reinstate(ada.id, { by: operator }))
  },
  'the account is suspended': ada => app.scope(() => app.suspension.suspend(ada.id, { by: operator })),
  'the email of the account has changed': ada =>
    change(ada.id, account => {
      account.email = `moved-${account.email}`
      return app.accounts.flush()
    }),
  'a newer email has been requested': async ada => void (await requestEmail(ada.email)),
}

for (const [why, end] of Object.entries(ENDINGS)) {
  test.serial(`P-02: neither the code nor the link signs in once ${why}`, async t => {
    const ada = await verifiedPerson()
    const { browser, sent } = await requestEmail(ada.email)
    const { code, link } = await sent()
    clock.advance(1)
    await end(ada)
    const typing = browser.copy()
    typing.page = browser.page
    await typing.submit({ code })
    t.false(atApplication(typing))
    await browser.open(link)
    t.is(browser.page.status, 404)
  })
}

test.serial('C-09: a sign-in link works for no other purpose, and no other link signs in', async t => {
  const ada = await verifiedPerson()
  const { browser, sent } = await requestEmail(ada.email)
  const { link } = await sent()
  const token = link.split('/').at(-1)!
  for (const path of [
    'reset-password',
    'verify-email',
    'report-compromise',
    'setup',
    'cancel-deletion',
    'reset-factors',
    'auth',
  ])
    t.true((await browser.copy().open(`${url}/${path}/${token}`)).page.status >= 400, path)
  const recovery = (await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))).token
  const uid = /interaction\/([\w-]+)/.exec(link)![1]!
  for (const wrong of [recovery, uid, token.slice(1), `${token}x`]) {
    await browser.open(`${url}/interaction/${uid}/email/${wrong}`)
    t.is(browser.page.status, 404, wrong)
  }
})

test.serial(
  'the response does not reveal whether there is an account, and only an active account gets an email',
  async t => {
    const [ada, suspended] = [await verifiedPerson(), await verifiedPerson()]
    await app.scope(() => app.suspension.suspend(suspended.id, { by: operator }))
    const pages = new Set<string>()
    const nobody = `nobody-${ada.email}`
    for (const email of [ada.email, suspended.email, nobody, 'no address at all']) {
      const { browser } = await requestEmail(email)
      const look = () => pages.add(`${browser.page.status} ${browser.text.replaceAll(email, '')}`)
      look()
      await browser.submit({ code: '0000-0000' })
      look()
    }
    t.is(pages.size, 2, [...pages].join('\n'))
    t.deepEqual(
      [
        (await queuedEmails(gatehouse, suspended.email, 'sign-in')).length,
        (await queuedEmails(gatehouse, nobody)).length,
      ],
      [0, 0],
    )
    const orphans = await app.em
      .fork()
      .execute<object[]>(`select 1 from one_time_link where purpose = 'sign-in' and account_id is null`)
    t.deepEqual(orphans, [])
  },
)

test.serial(
  'a code stops working after five wrong attempts in the browser that requested it; the link still works',
  async t => {
    const ada = await verifiedPerson()
    const { browser, sent } = await requestEmail(ada.email)
    const { code, link } = await sent()
    for (let i = 0; i < 5; i++) await browser.submit({ code: '0000-0000' })
    await browser.submit({ code })
    t.is(browser.page.status, 401)
    t.true((await events(ada)).includes('sign-in.refused wrong-email-code'))
    await browser.open(link)
    await browser.submit()
    t.true(atApplication(browser))
  },
)

test.serial('L-06: wrong codes and wrong passwords of an account are counted together', async t => {
  const ada = await verifiedPerson()
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  for (let i = 0; i < 6; i++) await browser.submit({ email: ada.email, password: 'wrong' })
  const { browser: by, sent } = await requestEmail(ada.email)
  for (let i = 0; i < 4; i++) await by.submit({ code: 'wrong' })
  t.is(by.page.status, 401)
  await by.submit({ code: (await sent()).code })
  t.is(by.page.status, 429)
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(browser.page.status, 429)
  clock.advance(Number(by.page.headers.get('retry-after')))
  await by.submit({ code: (await sent()).code })
  t.true(atApplication(by))
})

test.serial('P-08: of a hundred requested emails, one address gets five', async t => {
  const ada = await verifiedPerson()
  const statuses = new Set<number>()
  for (let i = 0; i < 8; i++) statuses.add((await requestEmail(ada.email)).browser.page.status)
  t.deepEqual([...statuses], [200, 429])
  t.is((await queuedEmails(gatehouse, ada.email, 'sign-in')).length, 5)
  const { browser } = await requestEmail(ada.email)
  t.is(browser.field('email'), ada.email)
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
})

test.serial('a sign-in by email cancels a deletion, and works without a password', async t => {
  const ada = await verifiedPerson()
  await change(ada.id, account => app.passwords.remove(account, { by: operator }).then(() => app.accounts.flush()))
  await change(ada.id, account => app.deletion.schedule(account, { by: operator }))
  const { browser, sent } = await requestEmail(ada.email)
  await browser.submit({ code: (await sent()).code })
  t.true(atApplication(browser))
  t.is(await change(ada.id, async account => account.deletionDue ?? null), null)
})
