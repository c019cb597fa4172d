import { operator } from '../../../src/base/actor.ts'
import type { Clock } from '../../../src/base/clock.ts'
import type { ProviderDefinition } from '../../../src/federation/providers/definition.ts'
import { Browser } from '../../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { type Begun, RelyingParty } from '../../support/relying-party.ts'
import { Upstream, type UpstreamPerson } from '../../support/upstream.ts'

export interface OnTheWay {
  browser: Browser
  begun: Begun
}

/** A Gatehouse, an upstream provider it is a client of, and an application that people want to go to. */
export class Setting {
  readonly gatehouse: Gatehouse
  readonly upstream: Upstream
  readonly rp: RelyingParty

  private constructor(gatehouse: Gatehouse, upstream: Upstream, rp: RelyingParty) {
    this.gatehouse = gatehouse
    this.upstream = upstream
    this.rp = rp
  }

  static async start({
    env: { OUTBOUND_ALLOW: beside, ...env } = {},
    clock,
    ...definition
  }: { env?: Record<string, string>; clock?: Clock } & Partial<ProviderDefinition> = {}): Promise<Setting> {
    const upstream = await Upstream.start()
    const gatehouse = await startGatehouse({
      ...(clock && { clock }),
      env: {
        OUTBOUND_ALLOW: [upstream.host, beside].filter(Boolean).join(','),
        SIGN_IN_LIMIT_IP: '1000/1h',
        EMAIL_LIMIT_IP: '1000/1h',
        ...env,
      },
    })
    await upstream.connect(gatehouse, definition)
    return new Setting(gatehouse, upstream, await RelyingParty.register(gatehouse, { firstParty: true }))
  }

  async stop(): Promise<void> {
    await this.gatehouse.stop()
    this.upstream.close()
  }

  /** A person at the provider, with a verified email unless the claims differ. */
  personThere(claims: Partial<UpstreamPerson> = {}): UpstreamPerson {
    const sub = crypto.randomUUID()
    const email = `ada-${sub.slice(0, 8)}@example.org`
    return this.upstream.person({ sub, email, email_verified: true, name: 'Ada', ...claims })
  }

  /** As far as the sign-in page. */
  async asked(parameters: Record<string, string> = {}, browser = new Browser(this.gatehouse.url)): Promise<OnTheWay> {
    const begun = await this.rp.begin(parameters)
    return { begun, browser: await browser.open(begun.url.href) }
  }

  /** As far as the page that leads on to the provider. */
  async leaving(parameters: Record<string, string> = {}, browser?: Browser): Promise<OnTheWay> {
    const way = await this.asked(parameters, browser)
    await press(way.browser)
    return way
  }

  /** There and back: as far as this person gets. */
  async through(as: UpstreamPerson, parameters: Record<string, string> = {}, browser?: Browser): Promise<OnTheWay> {
    const way = await this.leaving(parameters, browser)
    await this.upstream.through(way.browser, { as })
    return way
  }

  async claims({ begun, browser }: OnTheWay) {
    return (await this.rp.redeem(begun, browser)).claims()!
  }

  /** What is on record about an account, newest first. */
  async events(id: string): Promise<string[]> {
    const { app } = this.gatehouse
    const events = await app.scope(() => app.audit.of(id))
    return events.map(({ kind, reason }) => (reason ? `${kind} ${reason}` : kind))
  }

  /** What an operator does with the provider. */
  async provider(change: 'disable' | 'enable' | 'remove', name = 'example'): Promise<void> {
    const { app } = this.gatehouse
    await app.scope(async () => void (await app.identityProviders[change](name, { by: operator })))
  }
}

/** Presses the provider's button. */
export function press(browser: Browser, provider = 'example'): Promise<Browser> {
  return browser.submit({ provider }, { action: '/upstream' })
}

/** Where the page that leads on to the provider leads. */
export function door(browser: Browser): string {
  return browser.document.querySelector('a.button')?.getAttribute('href') ?? ''
}

/** Whether the browser stands at the application's door, with a code. */
export function arrived({ page }: Browser): boolean {
  return page.status === 0 && new URL(page.url).searchParams.has('code')
}
