import test, { type ExecutionContext } from 'ava'
import { hasChromium, openChromium } from '../../support/chromium.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { freePort } from '../../support/programs.ts'

const port = await freePort()
const gatehouse = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}/id` } })
test.after.always(() => gatehouse.stop())
const { origin } = new URL(gatehouse.url)
const page = `${gatehouse.url}/api/docs`

const inChromium = test.runIf(hasChromium)
const NARROWEST = 320

type Methods = Record<string, { operationId: string }>

async function operations(): Promise<string[]> {
  const response = await fetch(`${gatehouse.url}/api/openapi.json`)
  const { paths } = (await response.json()) as { paths: Record<string, Methods> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
}

test('the reference may load scripts, styles and the document from this server, and nothing else', async t => {
  const { headers, status } = await fetch(page)
  t.is(status, 200)
  t.is(headers.get('content-type'), 'text/html; charset=utf-8')
  const policy = (headers.get('content-security-policy') ?? '').split(';').sort()
  t.deepEqual(policy, [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "script-src 'self'",
    "style-src 'self'",
  ])
  t.is((await fetch(page, { method: 'POST' })).status, 405)
})

test('what the reference loads is of this server, can be kept for good, and comes with its licences', async t => {
  const html = await (await fetch(page)).text()
  t.notRegex(html, /<style|<script(?![^>]* src=)| style=| on\w+=/)
  const addresses = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address]) => address!)
  t.true(addresses.every(each => each.startsWith('/id/')))
  const assets = addresses.filter(each => each.includes('/assets/'))
  t.is(assets.length, 8)
  for (const asset of assets) {
    const { status, headers } = await fetch(origin + asset)
    t.is(status, 200, asset)
    t.is(headers.get('cache-control'), 'public, max-age=31536000, immutable', asset)
    const known = { 'if-none-match': headers.get('etag')!, 'cache-control': 'max-age=0' }
    t.is((await fetch(origin + asset, { headers: known })).status, 304, asset)
  }
  const licence = assets.find(each => each.includes('LICENSE'))!
  t.regex(await (await fetch(origin + licence)).text(), /Apache License\s+Version 2\.0/)
  t.is((await fetch(`${gatehouse.url}/assets/swagger-ui-bundle.js.LICENSE.txt`)).status, 200)
})

test('the reference speaks the language of the browser', async t => {
  const html = await (await fetch(page, { headers: { 'accept-language': 'ru' } })).text()
  t.regex(html, /<html lang="ru">/)
  t.regex(html, /<h1>Справочник по API/)
})

inChromium('without JavaScript the reference says what to do, and links to both documents', async t => {
  const { page: shown } = await openChromium(t, { javaScriptEnabled: false })
  await shown.goto(page)
  t.true(await shown.locator('noscript p').isVisible())
  for (const name of ['OpenAPI document for administrators', 'OpenAPI document for people’s own accounts']) {
    const document = await shown.getByRole('link', { name }).getAttribute('href')
    t.is((await fetch(origin + document)).status, 200, name)
  }
})

async function openReference(t: ExecutionContext, options: Parameters<typeof openChromium>[1]) {
  const visit = await openChromium(t, options)
  const requested: string[] = []
  visit.page.on('request', request => requested.push(request.url()))
  await visit.page.goto(page)
  await visit.page.locator('.opblock').first().waitFor()
  return { ...visit, requested }
}

for (const colorScheme of ['light', 'dark'] as const) {
  inChromium(
    `in ${colorScheme} mode the reference has every operation, on a phone too, and asks no other host`,
    async t => {
      const {
        page: shown,
        complaints,
        requested,
      } = await openReference(t, {
        colorScheme,
        viewport: { width: NARROWEST, height: 640 },
      })
      const summaries = await shown.locator('.opblock-summary').evaluateAll(all =>
        all.map(each => {
          const of = (part: string) => each.querySelector(part)?.textContent?.replaceAll('\u200b', '')
          return `${of('.opblock-summary-method')} ${of('.opblock-summary-path')}`
        }),
      )
      t.deepEqual(summaries.sort(), (await operations()).sort())
      t.is(await shown.getByText('Authorize').count(), 0)
      t.is(await shown.getByText('Servers').filter({ visible: true }).count(), 0)

      for (const name of ['listAccounts', 'createAccount', 'updateRole']) {
        const operation = shown.locator(`[id$="-${name}"]`)
        await operation.locator('.opblock-summary-control').click()
        await operation.locator('.responses-wrapper').waitFor()
      }
      t.is(await shown.getByRole('button', { name: 'Try it out' }).count(), 0)
      const width = await shown.evaluate<number>('document.documentElement.scrollWidth')
      t.true(width <= NARROWEST, `${width} pixels wide`)
      t.is(await shown.locator('html.dark-mode').count(), colorScheme === 'dark' ? 1 : 0)
      t.deepEqual(complaints, [])
      t.deepEqual(
        requested.filter(each => !each.startsWith(`${gatehouse.url}/`) && !each.startsWith('data:')),
        [],
      )
    },
  )
}

inChromium('the reference follows the browser from light to dark and back', async t => {
  const { page: shown } = await openReference(t, { colorScheme: 'light' })
  const ground = () => shown.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await ground()
  await shown.emulateMedia({ colorScheme: 'dark' })
  await shown.locator('html.dark-mode').waitFor()
  t.not(await ground(), light)
  await shown.emulateMedia({ colorScheme: 'light' })
  await shown.locator('html:not(.dark-mode)').waitFor()
  t.is(await ground(), light)
})
