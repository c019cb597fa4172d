import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

let ahead = 0
const clock = { now: () => new Date(systemClock.now().getTime() + ahead) }
const gatehouse = await startGatehouse({ clock })
const other = await gatehouse.another()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse
const NEW_PASSWORD = 'another rare and long one'

const recoveryLink = async (email: string) =>
  `/reset-password/${(await app.scope(() => app.passwordReset.link(email, { by: operator }))).token}`
const setupLink = async ({ app: from }: Pick<Gatehouse, 'app'> = gatehouse) =>
  `/setup/${await from.scope(() => from.setup.link())}`
const superusers = () => app.scope(() => app.assignments.isAssigned('superuser'))
const open = (path: string, at = url) => new Browser(at).open(path)
const events = async (id: string) => (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)

test.serial('P-06: opening a password reset link, however often, changes nothing', async t => {
  const ada = await makePerson(gatehouse)
  const link = await recoveryLink(ada.email)
  const before = await events(ada.id)
  for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS']) await fetch(url + link, { method })
  t.is((await open(link)).heading, 'Choose a new password')
  t.deepEqual(await events(ada.id), before)
  const rp = await RelyingParty.register(gatehouse)
  t.truthy((await rp.signIn(ada)).tokens.access_token)
})

test.serial('P-02: a password reset link works once, and an invalid form does not use it up', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const link = await recoveryLink(ada.email)
  const browser = await open(link)
  await browser.submit({ password: 'short' })
  t.is(browser.page.status, 422)
  t.is(browser.heading, 'Choose a new password')
  const second = browser.copy()
  second.page = browser.page
  await browser.submit({ password: NEW_PASSWORD })
  t.is(browser.heading, 'Your password is changed')

  await second.submit({ password: 'and yet another long one' })
  t.is(second.page.status, 404)
  t.is((await open(link)).page.status, 404)
  t.truthy((await rp.signIn({ ...ada, password: NEW_PASSWORD })).tokens.access_token)
  const refused = await new Browser(url).open((await rp.begin()).url.href)
  await refused.submit({ email: ada.email, password: ada.password })
  t.is(refused.page.status, 401)
})

test.serial(
  'P-02: of twenty simultaneous uses of one password reset link, in two processes, exactly one succeeds',
  async t => {
    const ada = await makePerson(gatehouse)
    const link = await recoveryLink(ada.email)
    const browsers = await Promise.all(Array.from({ length: 20 }, () => open(link)))
    const elsewhere = new URL(other.url).origin
    const answers = await Promise.all(
      browsers.map((browser, i) => {
        const body = new URLSearchParams({ csrf: browser.field('csrf')!, password: `${NEW_PASSWORD} ${i}` })
        const headers = { origin: new URL(url).origin }
        return browser.fetch(`${i % 2 ? elsewhere : url}${link}`, { method: 'POST', body, headers })
      }),
    )
    t.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(19).fill(404)])
    t.is((await events(ada.id)).filter(kind => kind === 'password.set').length, 2)
  },
)

test.serial('P-02: a newer password reset link replaces the older one of the same account only', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const [older, bens] = [await recoveryLink(ada.email), await recoveryLink(ben.email)]
  const begun = await open(older)
  const newer = await recoveryLink(ada.email)
  await begun.submit({ password: NEW_PASSWORD })
  t.is(begun.page.status, 404)
  t.is((await open(older)).page.status, 404)
  t.is((await open(newer)).page.status, 200)
  t.is((await open(bens)).field('email'), ben.email)
})

test.serial('P-02: a link works for its own purpose only', async t => {
  const ada = await makePerson(gatehouse)
  const token = (await recoveryLink(ada.email)).slice('/reset-password/'.length)
  for (const path of [`/setup/${token}`, `/interaction/${token}`, `/auth/${token}`])
    t.true((await open(path)).page.status >= 400, path)
  const setup = (await setupLink()).slice('/setup/'.length)
  t.is((await open(`/reset-password/${setup}`)).page.status, 404)
  t.is((await open(`/reset-password/${token.slice(0, -1)}`)).page.status, 404)
  t.is((await open(`/reset-password/${token}x`)).page.status, 404)
})

test.serial('P-02: a password reset link expires after an hour, a setup link after a day', async t => {
  const ada = await makePerson(gatehouse)
  const [recover, setup] = [await recoveryLink(ada.email), await setupLink()]
  const begun = await open(recover)
  ahead = 59 * 60_000
  t.is((await open(recover)).page.status, 200)
  ahead = 61 * 60_000
  t.is((await open(recover)).page.status, 404)
  await begun.submit({ password: NEW_PASSWORD })
  t.is(begun.page.status, 404)
  t.is((await open(setup)).page.status, 200)
  ahead = 25 * 60 * 60_000
  t.is((await open(setup)).page.status, 404)
  ahead = 0
})

test.serial(
  'A-05: of many simultaneous setups with different links exactly one succeeds, and then setup is closed',
  async t => {
    const links = await Promise.all([setupLink(), setupLink(other), setupLink()])
    t.false(await superusers())
    const browsers = await Promise.all([...links, ...links, ...links].map(link => open(link)))
    const answers = await Promise.all(
      browsers.map(async (browser, i) => {
        if (!browser.document.querySelector('form')) return browser.page.status
        const fields = {
          email: `first-${i}@example.org`,
          name: '',
          password: NEW_PASSWORD,
          csrf: browser.field('csrf')!,
        }
        const at = i % 2 ? new URL(other.url).origin : url
        const headers = { origin: new URL(url).origin }
        const path = new URL(browser.page.url).pathname
        return (await browser.fetch(at + path, { method: 'POST', body: new URLSearchParams(fields), headers })).status
      }),
    )
    t.is(answers.filter(status => status === 200).length, 1, answers.join(' '))
    t.is(answers.filter(status => status === 404).length, answers.length - 1, answers.join(' '))
    const accounts = await app.scope(() => app.accounts.list({ search: 'first-' }))
    t.is(accounts.length, 1)

    t.is(await app.scope(() => app.setup.link()), null)
    for (const link of links) {
      const late = await open(link)
      t.is(late.page.status, 404)
      t.is(late.heading, 'Setup is finished')
      t.is(late.document.querySelector('form'), null)
    }
  },
)
