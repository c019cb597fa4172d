import type { ExecutionContext } from 'ava'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram } from './programs.ts'

/** The headless shell is Chromium without its user interface, and takes half the CPU time. */
const program = findProgram('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome')

/** Whether this machine has Chromium. */
export const hasChromium = program !== null

/** Without background requests, and without a sandbox, which root in a container cannot have. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Milliseconds: everything takes longer on a machine that is busy with other tests. */
const PATIENCE = 60_000

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: program ?? '', args: ARGS })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** Errors that the browser reports: the content security policy, missing files, errors of scripts. */
  complaints: string[]
}

/** A new browser without any data, closed after the test. */
export async function openChromium(t: ExecutionContext, options: BrowserContextOptions = {}): Promise<Visit> {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  return openPage(browser, options)
}

/** A page without any data, in a browser that is running already. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  return { page, context, complaints: listen(page) }
}

/** Waits for the page with this heading. Another one may come before it, which a script leaves at once. */
export function showsHeading(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

/** Waits for the page with this message. The one before can have another. */
export function showsStatus(page: Page, message: RegExp): Promise<void> {
  return page.getByRole('status').filter({ hasText: message }).waitFor()
}

function listen(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  return complaints
}
