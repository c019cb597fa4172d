import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse

/** Every page that a person can see, in a browser with this Accept-Language. */
async function everyPage(acceptLanguage: string): Promise<Browser[]> {
  const rp = await RelyingParty.register(gatehouse, { name: 'Пример & Co' })
  const ada = await makePerson(gatehouse)
  const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
  const setup = await app.scope(() => app.setup.link())
  const fresh = () => new Browser(url, { 'accept-language': acceptLanguage })
  const asked = async () => fresh().open((await rp.begin()).url.href)
  const wrong = await (await asked()).submit({ email: ada.email, password: 'wrong' })
  const register = await asked()
  await register.open(register.document.querySelector('a[href$="/register"]')!.getAttribute('href')!)
  const incomplete = register.copy()
  incomplete.page = register.page
  await incomplete.submit({ email: 'x', password: 'x' })
  const consent = await (await asked()).submit({ email: ada.email, password: ada.password })
  const { browser: inside } = await rp.signIn(ada, {}, fresh())
  await inside.open(`${url}/session/end?client_id=${rp.id}`)
  const leaving = inside.copy()
  leaving.page = inside.page
  await leaving.submit({ logout: 'yes' })
  const paths = [
    '/',
    `/reset-password/${token}`,
    '/reset-password/gone',
    `/setup/${setup}`,
    '/setup/gone',
    '/nothing',
    '/auth',
  ]
  const others = await Promise.all(paths.map(path => fresh().open(url + path)))
  const expired = await (await asked()).open(`${url}/interaction/gone`)
  return [await asked(), wrong, register, incomplete, consent, inside, leaving, expired, ...others]
}

for (const [acceptLanguage, lang, script] of [
  ['en-GB,en;q=0.9', 'en', /[a-z]{3}/],
  ['ru-RU,ru;q=0.9,en;q=0.8', 'ru', /[а-я]{3}/],
] as const) {
  test(`a browser that prefers ${lang} gets it on every page, and each page is accessible without scripts`, async t => {
    for (const browser of await everyPage(acceptLanguage)) {
      const { document, heading } = browser
      t.is(document.querySelector('html')?.getAttribute('lang'), lang, heading)
      t.regex(heading, lang === 'en' || heading === 'Gatehouse' ? /\w/ : script, heading)
      t.is(document.querySelectorAll('h1').length, 1, heading)
      t.truthy(document.querySelector('main h1'), heading)
      t.regex(document.querySelector('title')?.textContent ?? '', script)
      t.truthy(document.querySelector('meta[name="viewport"]'))
      t.notRegex(
        document.querySelector('meta[name="viewport"]')!.getAttribute('content')!,
        /user-scalable|maximum-scale/,
      )
      t.is(document.querySelectorAll('script:not([src]), [onclick], [onload]').length, 0)

      const levels = document.querySelectorAll('h1, h2, h3, h4').map(each => Number(each.tagName.slice(1)))
      for (const [index, level] of levels.entries()) if (index > 0) t.true(level - levels[index - 1]! <= 1, heading)
      for (const field of document.querySelectorAll('input:not([type="hidden"]), select, textarea')) {
        const label = document.querySelector(`label[for="${field.getAttribute('id')}"]`)
        t.truthy(label?.textContent.trim(), `${heading}: ${field}`)
        t.truthy(field.getAttribute('autocomplete'), String(field))
        if (field.getAttribute('aria-invalid') === 'true') {
          const described = field.getAttribute('aria-describedby')?.split(' ') ?? []
          t.true(described.length > 0 && described.every(id => document.querySelector(`#${id}`)), String(field))
        }
      }
      for (const control of document.querySelectorAll('button, a'))
        t.truthy(control.textContent.trim(), String(control))
      for (const image of document.querySelectorAll('img')) t.not(image.getAttribute('alt'), undefined)
      for (const picture of document.querySelectorAll('svg'))
        t.true(picture.closest('[aria-hidden="true"]') !== null || picture.querySelector('title') !== null)
    }
  })
}

test('Q-05: the language that an application requests is used on every page and in every email', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const english = () => new Browser(url, { 'accept-language': 'en-GB,en;q=0.9' })
  const languageOf = ({ document }: Browser) => document.querySelector('html')?.getAttribute('lang')
  const browser = await english().open((await rp.begin({ ui_locales: 'xx ru-RU' })).url.href)
  await browser.open(`${url}/forgot-password`)
  t.is(languageOf(browser), 'ru')
  await browser.submit({ email: ada.email })
  t.is(languageOf(browser), 'ru')
  const [sent] = await queuedEmails(gatehouse, ada.email, 'reset-password')
  t.is(sent?.locale, 'ru')
  await browser.open(sent?.data.link ?? '')
  t.is(languageOf(browser), 'ru')

  const { browser: inside } = await rp.signIn(ada, { ui_locales: 'ru' }, english())
  t.is(languageOf(await inside.open(`${url}/account/security`)), 'ru')
  const to = `new-${ada.email}`
  await inside.submit({ email: to }, { action: '/account/email-change' })
  const [move] = await queuedEmails(gatehouse, to, 'change-email')
  t.is(move?.locale, 'ru')
  t.is(languageOf(await inside.open(move?.data.link ?? '')), 'ru')

  // The next request names no language, so the preference of the browser applies again.
  t.is(languageOf(await browser.open((await rp.begin()).url.href)), 'en')
  t.is(languageOf(await browser.open(`${url}/forgot-password`)), 'en')
  await browser.submit({ email: ada.email })
  t.is((await queuedEmails(gatehouse, ada.email, 'reset-password'))[1]?.locale, 'en')
})

test('a refused form says so in its title and in an alert for screen readers', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.submit({ email: 'ada@example.org', password: 'wrong' })
  t.truthy(browser.document.querySelector('[role="alert"]'))
  t.regex(browser.document.querySelector('title')!.textContent, /^Problem: /)
})

test('ui_locales takes precedence over Accept-Language on all pages of a sign-in', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const lang = (browser: Browser) => browser.document.querySelector('html')?.getAttribute('lang')
  const browser = new Browser(url, { 'accept-language': 'en' })
  await browser.open((await rp.begin({ ui_locales: 'fr ru-RU en' })).url.href)
  t.is(lang(browser), 'ru')
  await browser.submit({ email: ada.email, password: 'wrong' })
  t.is(lang(browser), 'ru')
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(lang(browser), 'ru')
  await browser.submit({ decision: 'allow' })
  await browser.open(`${url}/session/end?ui_locales=ru`)
  t.is(lang(browser), 'ru')
  await browser.open((await rp.begin({ prompt: 'login', ui_locales: 'fr' })).url.href)
  t.is(lang(browser), 'en')
  const unwilling = new Browser(url, { 'accept-language': 'ru;q=0, *;q=0.1' })
  await unwilling.open((await rp.begin()).url.href)
  t.is(lang(unwilling), 'en')
})
