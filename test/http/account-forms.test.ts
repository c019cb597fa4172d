import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
test.after.always(() => gatehouse.stop())

async function enter(page: string, language = 'en') {
  const person = await makePerson(gatehouse)
  const browser = new Browser(url, { 'accept-language': language })
  await browser.open(`${url}/account/${page}`)
  await browser.submit({ email: person.email, password: person.password })
  return { person, browser }
}

/** What the page says of a field: beside it, and in the summary, whose entry leads there. */
function said({ document }: Browser, field: string) {
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
  test(`F-28: every field of the profile says what is wrong and what would be right, in ${language}`, async t => {
    const { browser } = await enter('profile', language)
    await browser.submit(Object.fromEntries(Object.entries(WRONG).map(([field, [value]]) => [field, value])))
    t.is(browser.page.status, 422)
    for (const [field, [value, ...words]] of Object.entries(WRONG)) {
      const { beside, summary, described } = said(browser, field)
      t.regex(beside ?? '', words[index]!, field)
      t.true(summary?.endsWith(beside!), field)
      t.true(described, field)
      t.is(browser.field(field), value)
    }
    t.is(said(browser, 'gender').beside, undefined)
  })
}
