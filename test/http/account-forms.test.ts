import { randomUUID } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { PAGES } from '../../src/http/account/sections.ts'
import { AccountApplication } from '../support/account-api.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

async function enter(page: string, language = 'en') {
  const person = await makePerson(gatehouse)
  const browser = new Browser(url, { 'accept-language': language })
  await browser.open(`${url}/account/${page}`)
  await browser.submit({ email: person.email, password: person.password })
  return { person, browser }
}

/** The problem of a field, as shown beside it and in the summary, whose entry links to it. */
function problemOf({ document }: Browser, field: string) {
  const beside = document.querySelector(`#${field}-problem`)?.textContent
  const summary = document.querySelector(`#problems a[href="#${field}"]`)?.textContent
  const described = document.querySelector(`#${field}`)?.getAttribute('aria-describedby') ?? ''
  return { beside, summary, described: described.includes(`${field}-problem`) }
}

const WRONG: Record<string, [value: string, en: RegExp, ru: RegExp]> = {
  birthdate: ['31.12.1990', /YYYY-MM-DD, like 1990-12-31/, /ГГГГ-ММ-ДД, например 1990-12-31/],
  phone_number: ['12', /country code, like \+44/, /кодом страны, например \+7/],
  website: ['example', /whole web address, like https/, /адрес сайта целиком, например https/],
  picture: ['javascript:alert(1)', /address of a picture, like https/, /адрес изображения, например https/],
  zoneinfo: ['Moscow', /time zone, like Europe\/London/, /часового пояса, например Europe\/Moscow/],
  locale: ['no language', /language, like en/, /языка, например ru/],
  nickname: ['x'.repeat(101), /at most 100 characters/, /не больше 100 знаков/],
  preferred_username: ['root', /reserved/, /зарезервировано/],
}

for (const [index, language] of ['en', 'ru'].entries()) {
  test(`F-28: each invalid profile field says what is wrong and gives an example, in ${language}`, async t => {
    const { browser } = await enter('profile', language)
    await browser.submit(Object.fromEntries(Object.entries(WRONG).map(([field, [value]]) => [field, value])))
    t.is(browser.page.status, 422)
    for (const [field, [value, ...words]] of Object.entries(WRONG)) {
      const { beside, summary, described } = problemOf(browser, field)
      t.regex(beside ?? '', words[index]!, field)
      t.true(summary?.endsWith(beside!), field)
      t.true(described, field)
      t.is(browser.field(field), value)
    }
    t.is(problemOf(browser, 'gender').beside, undefined)
  })
}

test('every account page opens for a person with a hostile name, complete and with the name as text', async t => {
  const { browser, person } = await enter('profile')
  const hostile = `"><script>alert('x')</script>`
  await gatehouse.app.scope(async () =>
    app.profiles.update(await app.accounts.find(person.id), { name: hostile }, { by: operator }),
  )
  for (const { name, path } of PAGES) {
    await browser.open(`${url}/account${path}`)
    t.is(browser.page.status, 200, name)
    t.is(browser.document.querySelectorAll('h1').length, 1, name)
    t.notRegex(browser.page.html, /<script>alert|undefined|\[object|NaN|\{\w+\}/, name)
    t.true(browser.page.html.includes('&lt;script&gt;alert'), name)
  }
})

const FORMS: [page: string, fields: Record<string, string>, action: string, field: string][] = [
  ['security', { current: 'wrong', next: 'a horse that is correct again' }, '/account/password', 'current'],
  ['security', { current: PASSWORD, next: 'short' }, '/account/password', 'next'],
  ['security', { email: 'nowhere' }, '/account/email-change', 'email'],
  ['data', { email: 'someone@else.example' }, '/account/deletion', 'email'],
  ['authenticator-app', { code: '12' }, '/account/factors/totp', 'code'],
]

for (const [page, fields, action, field] of FORMS) {
  test(`F-28: the form of ${action} says what is wrong with ${field}, beside it and in the summary`, async t => {
    const { browser } = await enter(page)
    await browser.submit(fields, { action })
    t.is(browser.page.status, action === '/account/password' && field === 'current' ? 401 : 422)
    const { beside, summary, described } = problemOf(browser, field)
    t.true((beside?.length ?? 0) > 5)
    t.is(summary, beside)
    t.true(described)
    t.regex(browser.document.querySelector('title')?.textContent ?? '', /^Problem: /)
  })
}

test('F-28: after a wrong password, the box to sign out other browsers stays as the person left it', async t => {
  const { browser } = await enter('security')
  const ticked = () => browser.document.querySelector('[name=end_other_sessions]')?.hasAttribute('checked')
  t.true(ticked())
  const fields = {
    csrf: browser.field('csrf')!,
    method: 'put',
    current: 'wrong',
    next: 'a horse that is correct again',
  }
  await browser.open('/account/password', { method: 'POST', body: new URLSearchParams(fields) })
  t.is(browser.page.status, 401)
  t.false(ticked())
  await browser.submit({ current: 'wrong', end_other_sessions: 'yes' }, { action: '/account/password' })
  t.true(ticked())
})

test('F-28: the current email of the account is refused as a new one, and stays in its field', async t => {
  const { browser, person } = await enter('security')
  await browser.submit({ email: person.email }, { action: '/account/email-change' })
  t.is(browser.page.status, 422)
  t.is(problemOf(browser, 'email').beside, 'This is your email address already.')
  t.is(browser.document.querySelector('#email')?.getAttribute('value'), person.email)
})

test('F-28: the account API uses the same messages as the pages', async t => {
  const application = await AccountApplication.register(gatehouse)
  const client = await application.signIn()
  const profile = Object.fromEntries(Object.entries(WRONG).map(([field, [value]]) => [field, value]))
  const { body } = await client.send('PATCH', '/me', { profile })
  for (const [field, [, en]] of Object.entries(WRONG)) t.regex(body.messages[`profile.${field}`], en)
  t.deepEqual(Object.keys(body.messages).sort(), Object.keys(body.fields).sort())
  const wrong = await client.send('PUT', '/me/password', { current: 'wrong', next: 'a horse that is correct again' })
  t.deepEqual(wrong.body.messages, { current: "That's not your current password." })
  const address = await client.send('POST', '/me/email-change', { email: 'nowhere' })
  t.regex(address.body.messages.email, /like name@example\.org/)
})

test('Q-09: any unquoted address, in any script, can register, sign in, be changed and confirm the deletion', async t => {
  const name = randomUUID().slice(0, 8)
  const [first, second] = [`tom&jerry/${name}@example.com`, `почта-${name}@пример.рф`]
  const kept = `почта-${name}@xn--e1afmkfd.xn--p1ai`
  const browser = new Browser(url)
  await browser.open(`${url}/account/profile`)
  await browser.open(browser.document.querySelector('a[href$="/register"]')!.getAttribute('href')!)
  await browser.submit({ email: first, name: 'Tom', password: PASSWORD })
  t.is(browser.heading, 'Profile')
  await browser.open(`${url}/account/security`)
  await browser.submit({ email: second }, { action: '/account/email-change' })
  const [proof] = await queuedEmails(gatehouse, kept, 'change-email')
  const link = proof!.data.link!
  await browser.open(link)
  await browser.submit({}, { action: new URL(link).pathname })
  const moved = new Browser(url)
  await moved.open(`${url}/account/data`)
  await moved.submit({ email: second.toUpperCase(), password: PASSWORD })
  t.is(moved.heading, 'Your data')
  await moved.submit({ email: second }, { action: '/account/deletion' })
  t.is(moved.page.status, 200)
  t.truthy((await app.scope(() => app.accounts.find(kept))).deletionDue)
})
