import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import anyTest, { type TestFn } from 'ava'
import type { Page } from 'playwright-core'
import { addApp } from '../support/authenticator-app.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

/** Applications whose callbacks redirect to another host, as many do, and applications that use popups. */

const test = anyTest as TestFn<{ gatehouse: Gatehouse; app: Awaited<ReturnType<typeof listen>> }>
const inChromium = test.serial.runIf(hasChromium)

test.before(async t => {
  if (hasChromium) t.context = { gatehouse: await startGatehouse(), app: await listen() }
})
test.after.always(async t => {
  t.context.app?.close()
  await t.context.gatehouse?.stop()
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with scripts' : 'without scripts'

  inChromium(`Q-02: every form reaches an application that redirects to another host, ${how}`, async t => {
    const { gatehouse, app } = t.context
    const { page, complaints } = await openChromium(t, { javaScriptEnabled })
    const ada = await makePerson(gatehouse)
    const { authenticator, recoveryCodes } = await addApp(gatehouse, ada.id)
    const rp = await RelyingParty.register(gatehouse, {
      redirectUris: [app.callback],
      postLogoutRedirectUris: [app.bye],
    })
    const request = async (more: Record<string, string> = {}) =>
      (await rp.begin({ redirect_uri: app.callback, ...more })).url.href
    const back = (with_: string) => page.waitForURL(url => url.href.startsWith(app.home) && url.search.includes(with_))

    await page.goto(await request())
    await page.locator('button[formaction$="/abort"], form[action$="/abort"] button').click()
    await back('error=access_denied')

    await page.goto(await request())
    await signIn(page, ada)
    await page.locator('[name="code"]').fill(authenticator.code(1))
    await page.locator('[name="code"]').press('Enter')
    await page.locator('[name="decision"][value="deny"]').click()
    await back('error=access_denied')

    await page.goto(await request({ prompt: 'consent' }))
    await page.locator('[name="decision"][value="allow"]').click()
    await back('code=')

    await page.goto(await request({ prompt: 'login', response_mode: javaScriptEnabled ? 'form_post' : 'query' }))
    await signIn(page, ada)
    await page.locator('summary').first().click()
    await page.locator('[name="recovery-code"]').fill(recoveryCodes[0]!)
    await page.locator('[name="recovery-code"]').press('Enter')
    await back(javaScriptEnabled ? 'posted' : 'code=')

    const leave = `${gatehouse.url}/session/end?${new URLSearchParams({ client_id: rp.id, post_logout_redirect_uri: app.bye })}`
    await page.goto(leave)
    await page.locator('[name="logout"][value="yes"]').click()
    await back('bye')
    await page.goto(leave)
    await back('bye')
    t.deepEqual(
      complaints.filter(each => /content security policy/i.test(each)),
      [],
    )
  })
}

inChromium('Q-03: an application that signs in with a popup gets its response, with and without a session', async t => {
  const { gatehouse, app } = t.context
  const { page } = await openChromium(t)
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { redirectUris: [app.popup], firstParty: true })
  const open = async (more: Record<string, string> = {}) => {
    await page.goto(app.opener)
    const { url } = await rp.begin({ redirect_uri: app.popup, ...more })
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate<unknown>(`void window.open(${JSON.stringify(url.href)}, 'sign-in', 'width=500,height=600')`),
    ])
    return popup
  }
  const received = async (what: string) => {
    await page.waitForFunction(`document.title.includes(${JSON.stringify(what)})`)
    t.pass()
  }

  await open({ prompt: 'none' })
  await received('error=login_required')
  await signIn(await open(), ada)
  await received('code=')
  await open()
  await received('code=')
  await open({ prompt: 'none' })
  await received('code=')
})

async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  if (await page.locator('input[name="email"]').isEditable()) await page.locator('input[name="email"]').fill(email)
  await page.locator('input[name="password"]').fill(password)
  await page.locator('input[name="password"]').press('Enter')
}

const HTML = { 'content-type': 'text/html' }
const page = (script: string) =>
  `<!doctype html><title>Waiting</title><link rel="icon" href="data:,"><script>${script}</script>`

/** An application whose callbacks redirect to another host, and whose popup posts the response to its opener. */
async function listen() {
  const home = createServer((_req, res) => res.writeHead(200, HTML).end(page('')))
  await once(home.listen(0, '127.0.0.1'), 'listening')
  const homeUrl = `http://127.0.0.1:${(home.address() as AddressInfo).port}/home`

  const server = createServer((req, res) => {
    const { pathname, search } = new URL(req.url ?? '', 'http://localhost')
    if (pathname === '/opener')
      res.writeHead(200, HTML).end(page('onmessage = ({ data }) => { document.title = data }'))
    else if (pathname === '/popup')
      res.writeHead(200, HTML).end(page("opener.postMessage(location.search, '*'); close()"))
    else
      res
        .writeHead(302, {
          location: `${homeUrl}${pathname === '/bye' ? '?bye' : req.method === 'POST' ? '?posted' : search}`,
        })
        .end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    home: homeUrl,
    callback: `${url}/callback`,
    bye: `${url}/bye`,
    popup: `${url}/popup`,
    opener: `${url}/opener`,
    close() {
      for (const each of [home, server]) {
        each.closeAllConnections()
        each.close()
      }
    },
  }
}
