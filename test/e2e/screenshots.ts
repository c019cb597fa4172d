/**
 * Takes the pictures in `docs/screenshots/`: `npm run docs:screenshots`. It needs Chromium, and the ports 3000 to 3002,
 * since some pages show addresses. `-- upstream` takes only those of signing in with a provider.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { npmStart, type Started } from './npm-start.ts'
import { tour } from './tour.ts'
import { upstreamTour } from './upstream-tour.ts'

const FOLDER = new URL('../../docs/screenshots/', import.meta.url)
const SHOWN = [
  'home',
  'sign-in',
  'register-errors',
  'consent',
  'choose-account',
  'access-refused',
  'sign-out',
  'signed-out',
  'error-developer',
  'setup',
  'demo-signed-in',
  'check-email',
  'mailbox-email',
  'account',
  'account-profile',
  'account-security',
  'account-sessions',
  'account-history',
  'account-applications',
  'account-data',
  'factor-setup',
  'recovery-codes',
  'second-factor',
]
/** With Example Upstream. */
const SHOWN_UPSTREAM = [
  'sign-in-upstream',
  'upstream',
  'redirect-to-provider',
  'link-account',
  'missing-email',
  'account-connections',
]
const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }
const ADA = { name: 'Ada Lovelace', email: 'ada@example.org' }

const ends: (() => unknown)[] = []
const teardown = (end: () => unknown) => void ends.unshift(end)

await mkdir(FOLDER, { recursive: true })
const browser = await launchChromium()
teardown(() => browser.close())
try {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const called = (name: string) => `${name}-${screen}-${colorScheme}`
      if (!process.argv.includes('upstream')) await visit(browser, { viewport, colorScheme }, called)
      await visitUpstream(browser, { viewport, colorScheme }, called)
    }
  }
  await compose(browser)
} finally {
  for (const end of ends) await end()
}

/** Goes through the pages of a new Gatehouse, and takes a picture of each page in SHOWN. */
function visit(by: Browser, options: BrowserContextOptions, called: (name: string) => string): Promise<void> {
  return onFresh(by, options, [], async (page, at) => {
    await tour(page, { ...at, person: ADA }, shoot(page, SHOWN, called))
  })
}

/** The same for signing in with a provider, and SHOWN_UPSTREAM. */
function visitUpstream(by: Browser, options: BrowserContextOptions, called: (name: string) => string): Promise<void> {
  return onFresh(by, options, ['--with-upstream'], async (page, at) => {
    const upstream = await at.serving.printed(/Upstream\s+(\S+)/)
    await upstreamTour(page, { ...at, upstream }, shoot(page, SHOWN_UPSTREAM, called))
  })
}

function shoot(page: Page, wanted: readonly string[], called: (name: string) => string) {
  return async (name: string) => {
    if (!wanted.includes(name)) return
    await page.screenshot({ path: new URL(`${called(name)}.png`, FOLDER).pathname, caret: 'hide' })
  }
}

async function onFresh(
  by: Browser,
  options: BrowserContextOptions,
  start: readonly string[],
  walk: (page: Page, at: Started & { env: Record<string, string> }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-screenshots-'))
  const env = { DATA_DIR: folder }
  const started = await npmStart({ teardown }, env, start)
  const context = await by.newContext({ ...options, locale: 'en-GB', reducedMotion: 'reduce' })
  await walk(await context.newPage(), { ...started, env })
  await context.close()
  await started.serving.stop()
  await rm(folder, { recursive: true, force: true })
}

/** The picture of the README: sign-in on a desktop in light mode, and consent on a phone in dark mode. */
async function compose(by: Browser): Promise<void> {
  const picture = async (name: string) => {
    const bytes = await readFile(new URL(`${name}.png`, FOLDER))
    return `data:image/png;base64,${bytes.toString('base64')}`
  }
  const page = await by.newPage({ viewport: { width: 1400, height: 900 } })
  await page.setContent(`<!doctype html><style>
    body { margin: 0; background: #f3f6f4; overflow: hidden }
    img { position: absolute; object-fit: cover }
    .desktop { left: 40px; top: 48px; width: 1120px; border-radius: 12px; box-shadow: 0 1.5rem 4rem #15211c40, 0 0 0 1px #15211c1f }
    .phone { right: 48px; top: 44px; width: 370px; border-radius: 36px; box-shadow: 0 1.5rem 4rem #15211c66, 0 0 0 9px #101613 }
  </style>
  <img class="desktop" src="${await picture('sign-in-desktop-light')}" height="800">
  <img class="phone" src="${await picture('consent-phone-dark')}">`)
  await writeFile(new URL('sign-in.png', FOLDER), await page.screenshot())
  await page.close()
}
