import { operator } from '../../../src/base/actor.ts'
import type { Clock } from '../../../src/base/clock.ts'
import type { ProviderDefinition } from '../../../src/federation/providers/definition.ts'
import { Browser } from '../../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { type Begun, RelyingParty } from '../../support/relying-party.ts'
import { Upstream, type UpstreamPerson } from '../../support/upstream.ts'

export interface StartedSignIn {
  browser: Browser
  begun: Begun
}

/** A Gatehouse, an upstream provider of which it is a client, and an application that people sign in to. */
export class FederationSetup {
  readonly gatehouse: Gatehouse
  readonly upstream: Upstream
  readonly rp: RelyingParty

  private constructor(gatehouse: Gatehouse, upstream: Upstream, rp: RelyingParty) {
    this.gatehouse = gatehouse
    this.upstream = upstream
    this.rp = rp
  }

  static async start({
    env: { OUTBOUND_ALLOW: additional, ...env } = {},
    clock,
    ...definition
  }: { env?: Record<string, string>; clock?: Clock } & Partial<ProviderDefinition> = {}): Promise<FederationSetup> {
    const upstream = await Upstream.start()
    const gatehouse = await startGatehouse({
      ...(clock && { clock }),
      env: {
        OUTBOUND_ALLOW: [upstream.host, additional].filter(Boolean).join(','),
        SIGN_IN_LIMIT_IP: '1000/1h',
        EMAIL_LIMIT_IP: '1000/1h',
        ...env,
      },
    })
    await upstream.connect(gatehouse, definition)
    return new FederationSetup(gatehouse, upstream, await RelyingParty.register(gatehouse, { firstParty: true }))
  }

  async stop(): Promise<void> {
    await this.gatehouse.stop()
    this.upstream.close()
  }

  /** A person at the provider, with a verified email unless the claims differ. */
  upstreamPerson(claims: Partial<UpstreamPerson> = {}): UpstreamPerson {
    const sub = crypto.randomUUID()
    const email = `ada-${sub.slice(0, 8)}@example.org`
    return this.upstream.person({ sub, email, email_verified: true, name: 'Ada', ...claims })
  }

  /** Starts a sign-in, up to the sign-in page. */
  async signInPage(
    parameters: Record<string, string> = {},
    browser = new Browser(this.gatehouse.url),
  ): Promise<StartedSignIn> {
    const begun = await this.rp.begin(parameters)
    return { begun, browser: await browser.open(begun.url.href) }
  }

  /** Starts a sign-in, up to the page that links to the provider. */
  async providerPage(parameters: Record<string, string> = {}, browser?: Browser): Promise<StartedSignIn> {
    const started = await this.signInPage(parameters, browser)
    await press(started.browser)
    return started
  }

  /** Starts a sign-in and signs the person in at the provider, up to the page after the callback. */
  async signInThrough(
    as: UpstreamPerson,
    parameters: Record<string, string> = {},
    browser?: Browser,
  ): Promise<StartedSignIn> {
    const started = await this.providerPage(parameters, browser)
    await this.upstream.through(started.browser, { as })
    return started
  }

  async claims({ begun, browser }: StartedSignIn) {
    return (await this.rp.redeem(begun, browser)).claims()!
  }

  /** The audit events of an account, newest first. */
  async events(id: string): Promise<string[]> {
    const { app } = this.gatehouse
    const events = await app.scope(() => app.audit.of(id))
    return events.map(({ kind, reason }) => (reason ? `${kind} ${reason}` : kind))
  }

  /** Changes the provider as an operator. */
  async provider(change: 'disable' | 'enable' | 'remove', name = 'example'): Promise<void> {
    const { app } = this.gatehouse
    await app.scope(async () => void (await app.identityProviders[change](name, { by: operator })))
  }
}

/** Presses the button of the provider. */
export function press(browser: Browser, provider = 'example'): Promise<Browser> {
  return browser.submit({ provider }, { action: '/upstream' })
}

/** The address at the provider that the current page links to. */
export function providerLink(browser: Browser): string {
  return browser.document.querySelector('a.button')?.getAttribute('href') ?? ''
}

/** Whether the browser has returned to the application with a code. */
export function atApplication({ page }: Browser): boolean {
  return page.status === 0 && new URL(page.url).searchParams.has('code')
}
