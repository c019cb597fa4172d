import type { ExecutionContext } from 'ava'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram } from './programs.ts'

const program = findProgram('chromium', 'chromium-browser', 'google-chrome')

/** Whether this machine has a Chromium to drive. */
export const hasChromium = program !== null

/** Quiet, and without a sandbox, which root in a container cannot have. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Milliseconds: on a machine that is busy with other tests everything comes late. */
const PATIENCE = 60_000

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: program ?? '', args: ARGS })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** What the browser itself found wrong: the content security policy, missing files, errors of scripts. */
  complaints: string[]
}

/** A browser of one's own, with nothing remembered, that goes with the test. */
export async function openChromium(t: ExecutionContext, options: BrowserContextOptions = {}): Promise<Visit> {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  return openPage(browser, options)
}

/** A page with nothing remembered, in a browser that runs already. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  return { page, context, complaints: listen(page) }
}

function listen(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  return complaints
}
