import test, { type ExecutionContext } from 'ava'
import type { BrowserContextOptions } from 'playwright-core'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { freePort } from '../support/programs.ts'
import { newcomer, npmStart } from './npm-start.ts'
import { upstreamTour } from './upstream-tour.ts'

/** `npm start -- --with-upstream`, followed in a browser: Example Upstream, and every page on the way through it. */

const inChromium = test.serial.runIf(hasChromium)
/** CSS pixels; WCAG 2.2, 1.4.10. */
const NARROWEST = 320

async function begin(t: ExecutionContext, options: BrowserContextOptions) {
  t.timeout(240_000)
  const port = String(await freePort())
  const env = { ...(await newcomer(t)), DEMO_UPSTREAM_PORT: port }
  const started = await npmStart(t, env, ['--with-upstream'])
  const upstream = await started.serving.printed(/Upstream\s+(\S+)/)
  t.is(upstream, `http://localhost:${port}`)
  return { ...(await openChromium(t, options)), at: { ...started, env, upstream } }
}

for (const locale of ['en', 'ru']) {
  inChromium(`axe finds no accessibility problem on the pages of a sign-in with a provider, in ${locale}`, async t => {
    const { page, at } = await begin(t, { locale, reducedMotion: 'reduce' })
    await upstreamTour(page, at, async name => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        t.deepEqual(await accessibilityProblems(page), [], `${name}, ${colorScheme}`)
      }
    })
  })
}

inChromium('signing in with a provider works without scripts, and fits a narrow screen', async t => {
  const viewport = { width: NARROWEST, height: 640 }
  const { page, at } = await begin(t, { javaScriptEnabled: false, viewport })
  const seen: string[] = []
  await upstreamTour(page, at, async name => {
    seen.push(name)
    t.is(await page.locator('h1').count(), 1, name)
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.true(width <= NARROWEST, `${name} is ${width} pixels wide`)
  })
  t.true(seen.length > 10)
})
