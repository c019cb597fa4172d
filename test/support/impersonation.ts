import type { ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { addApp } from './authenticator-app.ts'
import { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { makePerson, type Person } from './people.ts'

export const REASON = 'Ticket 4711: the invoice page is empty'

/** An administrator with an authenticator app. */
export async function makeAdministrator(gatehouse: Gatehouse, roles = ['superuser'], name = 'Olga'): Promise<Person> {
  const person = await makePerson(gatehouse, { name, roles, emailVerified: true })
  const { authenticator } = await addApp(gatehouse, person.id)
  // The current code was used when the app was added, and each works once.
  return { ...person, code: () => authenticator.code(1) }
}

/** Opens a link, as the command does. @returns its path */
export async function impersonationLink(
  { app }: Pick<Gatehouse, 'app'>,
  administrator: Pick<Person, 'id'>,
  person: Pick<Person, 'id'>,
  minutes?: number,
): Promise<string> {
  const { token } = await app.scope(async () => {
    const wanted = { administrator: await app.accounts.find(administrator.id), reason: REASON, minutes }
    return app.impersonations.open(await app.accounts.find(person.id), wanted, { by: operator })
  })
  return `/impersonation/${token}`
}

/** Signs in where the page asks for it, also with the second factor. */
export async function signInAs(browser: Browser, { email, password, code }: Person): Promise<Browser> {
  if (browser.document.querySelector('[name="password"]')) await browser.submit({ email, password })
  if (code && browser.document.querySelector('[name="code"]')) await browser.submit({ code: code() })
  return browser
}

/** An administrator's browser in which they act as a person. */
export async function actAs(
  t: ExecutionContext,
  gatehouse: Gatehouse,
  { administrator, person, minutes }: { administrator?: Person; person?: Person; minutes?: number } = {},
) {
  const [olga, ana] = [
    administrator ?? (await makeAdministrator(gatehouse)),
    person ?? (await makePerson(gatehouse, { name: 'Ana', emailVerified: true })),
  ]
  const link = await impersonationLink(gatehouse, olga, ana, minutes)
  const browser = new Browser(gatehouse.url)
  await signInAs(await browser.open(`${gatehouse.url}${link}`), olga)
  t.is(browser.heading, `Act as ${ana.name}?`)
  await browser.submit({}, { action: link })
  t.is(new URL(browser.page.url).pathname, '/account')
  return { olga, ana, browser, link }
}
