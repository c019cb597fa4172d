import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { type BrowserSessionsOptions, browserSessions, type NodeSessions } from 'gatehouse/backend-for-frontend'
import { request } from 'undici'
import { operator } from '../../../src/base/actor.ts'
import type { ClientRegistration } from '../../../src/clients/registration.ts'
import { Browser, type Page } from '../../support/browser.ts'
import type { Gatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import type { Person } from '../../support/people.ts'
import { Api } from './api.ts'

export const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

/** An application with browser sessions of these settings, that forwards `/api` to the API. */
export type Serve = (settings: BrowserSessionsOptions, api: Api) => RequestListener | Promise<RequestListener>

/** What a test gives the application beside what every application has. */
export interface ApplicationOptions {
  registration?: Partial<ClientRegistration>
  options?: Partial<BrowserSessionsOptions>
  /** The application itself; by default one over node:http that says who is signed in. */
  serve?: Serve
}

/** An application with browser sessions, registered at a Gatehouse with its API. */
export class BrowserApplication {
  readonly gatehouse: Gatehouse
  readonly url: string
  readonly clientId: string
  readonly api: Api
  readonly clock = new MovingClock()
  readonly logged: string[] = []
  readonly settings: BrowserSessionsOptions

  private constructor(gatehouse: Gatehouse, api: Api, given: BrowserSessionsOptions) {
    this.gatehouse = gatehouse
    this.api = api
    this.url = given.url
    this.clientId = given.clientId
    const log = { warn: (text: string) => this.logged.push(text), error: (text: string) => this.logged.push(text) }
    this.settings = { clock: this.clock, log, ...given }
  }

  static async start(
    t: Pick<ExecutionContext, 'teardown'>,
    gatehouse: Gatehouse,
    { registration = {}, options = {}, serve = serveOn(whoIsIt) }: ApplicationOptions = {},
  ): Promise<BrowserApplication> {
    const server = createServer()
    t.teardown(() => stop(server))
    const url = await listening(server)
    const api = await Api.start(t, gatehouse)
    const { client, secret } = await gatehouse.app.scope(async () => {
      await gatehouse.app.resources.register(
        { id: api.resource, name: 'Orders', scopes: [{ name: api.scope, description: 'Read orders' }] },
        { by: operator },
      )
      return gatehouse.app.clients.register(
        {
          name: 'Shop',
          profile: 'web',
          firstParty: true,
          redirectUris: [`${url}/auth/callback`],
          postLogoutRedirectUris: [`${url}/`],
          scopes: ['profile', 'email', 'roles', 'offline_access', api.scope],
          ...registration,
        },
        { by: operator },
      )
    })
    const made = new BrowserApplication(gatehouse, api, {
      issuer: gatehouse.url,
      clientId: client.id,
      clientSecret: secret ?? '',
      url,
      scope: `openid profile email roles offline_access ${api.scope}`,
      resource: api.resource,
      ...options,
    })
    server.on('request', await serve(made.settings, api))
    return made
  }

  /** A browser whose requests are all from pages of the application. */
  browser(headers: Record<string, string> = SAME_ORIGIN): Browser {
    return new Browser(this.url, headers)
  }

  /** Signs a person in, by default in a new browser. */
  async signIn(
    person: Person,
    { to = '/', browser = this.browser(), provider = new Browser(this.gatehouse.url) } = {},
  ) {
    await browser.open(`/auth/sign-in?${new URLSearchParams({ to })}`)
    const returned = await this.atProvider(browser.page, person, provider)
    await browser.open(returned)
    return browser
  }

  /** Goes through sign-in at the provider. @returns the address that the browser is sent back to */
  async atProvider({ url }: Page, person: Person, provider = new Browser(this.gatehouse.url)): Promise<string> {
    await provider.open(url)
    if (provider.document.querySelector('[name="password"]'))
      await provider.submit({ email: person.email, password: person.password })
    return provider.page.url
  }
}

/** Where a browser is sent when it opens an address itself. The fetch of Node always says that a script did. */
export async function navigated(browser: Browser, url: string): Promise<string> {
  const { headers } = await request(url, { headers: { cookie: cookiesOf(browser), 'sec-fetch-mode': 'navigate' } })
  return String(headers.location)
}

export function cookiesOf({ cookies }: Browser): string {
  return Array.from(cookies.values(), ({ name, value }) => `${name}=${value}`).join('; ')
}

export function jsonOf(response: Response): Promise<Record<string, unknown>> {
  return response.json() as Promise<Record<string, unknown>>
}

/** Over node:http, with these pages. */
export function serveOn(pages: (sessions: NodeSessions) => RequestListener): Serve {
  return (settings, { url }) => {
    const sessions = browserSessions(settings)
    const forward = sessions.forward('/api', url)
    const own = pages(sessions)
    return (req, res) => sessions.middleware(req, res, () => forward(req, res, () => own(req, res)))
  }
}

function whoIsIt(sessions: NodeSessions): RequestListener {
  return async (req, res) => {
    try {
      const session = await sessions.of(req)
      res.end(session === null ? 'nobody' : `${session.claims.name} ${req.method}`)
    } catch (error) {
      sessions.errors(error, req, res)
    }
  }
}

export async function listening(server: Server): Promise<string> {
  // On a busy machine a connection can be idle for longer than the usual five seconds.
  server.keepAliveTimeout = 60_000
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

export function stop(server: Server): void {
  server.closeAllConnections()
  server.close()
}
