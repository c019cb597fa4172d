import test from 'ava'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const inChromium = test.runIf(hasChromium)

/** An application's page with a form of hidden fields. */
function form(action: string, fields: URLSearchParams): string {
  const inputs = [...fields].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  return `<!doctype html><form method="post" action="${action}">${inputs.join('')}<button>Go</button></form>`
}

inChromium('an authorization request posted from another site carries the session cookies', async t => {
  t.timeout(120_000)
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { firstParty: true })
  const { page, context } = await openChromium(t)
  await page.goto(`${gatehouse.url}/account`)
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password').fill(ada.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Your account' }).waitFor()

  const begun = await rp.begin({ prompt: 'none' })
  const pages: Record<string, string> = {
    '/ask': form(`${gatehouse.url}/auth`, begun.url.searchParams),
    '/leave': form(`${gatehouse.url}/session/end`, new URLSearchParams({ client_id: rp.id })),
  }
  await context.route(/^https?:\/\/app\.example\.org\//, route => {
    const body = pages[new URL(route.request().url()).pathname] ?? 'back at the application'
    return route.fulfill({ contentType: 'text/html', body })
  })
  await page.goto('http://app.example.org/ask')
  const [callback] = await Promise.all([
    page.waitForRequest(request => request.url().startsWith(`${CALLBACK}?`)),
    page.getByRole('button', { name: 'Go' }).click(),
  ])
  const back = new URL(callback.url()).searchParams
  t.is(back.get('error'), null)
  t.truthy(back.get('code'))

  const another = await context.newPage()
  await another.goto('http://app.example.org/leave')
  await another.getByRole('button', { name: 'Go' }).click()
  await another.getByRole('heading', { name: 'Sign out?' }).waitFor()
  t.is((await gatehouse.app.sessions.of(ada.id)).length, 1)
})
