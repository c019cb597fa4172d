import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ExecutionContext } from 'ava'
import * as oidc from 'openid-client'
import type { Page } from 'playwright-core'
import { operator } from '../../src/base/actor.ts'
import type { Browser } from '../support/browser.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { freePort } from '../support/programs.ts'

export interface Registered {
  issuer: string
  id: string
  secret: string
  redirectUri: string
}

/** The address of an application that answers every request with a page of one heading. */
export async function listenForReturn(t: Pick<ExecutionContext, 'teardown'>): Promise<string> {
  const page = '<!doctype html><html lang="en"><title>Back</title><link rel="icon" href="data:,"><h1>Back</h1></html>'
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const port = await freePort()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return `http://localhost:${port}/callback`
}

export interface Credentials {
  email: string
  password: string
}

export interface Request {
  address: URL
  checks: { pkceCodeVerifier: string; expectedState: string }
}

/** Registers a first-party application, with a server at its redirect URI. */
export async function openApplication(
  t: Pick<ExecutionContext, 'teardown'>,
  { app, url }: Gatehouse,
): Promise<Application> {
  const redirectUri = await listenForReturn(t)
  const { client, secret } = await app.scope(() =>
    app.clients.register(
      { name: 'Wiki', profile: 'web', redirectUris: [redirectUri], firstParty: true },
      { by: operator },
    ),
  )
  return Application.connect({ issuer: url, id: client.id, secret: secret ?? '', redirectUri })
}

/** The server of an application, which knows only the issuer of Gatehouse. */
export class Application {
  readonly redirectUri: string
  readonly configuration: oidc.Configuration

  private constructor(redirectUri: string, configuration: oidc.Configuration) {
    this.redirectUri = redirectUri
    this.configuration = configuration
  }

  static async connect({ issuer, id, secret, redirectUri }: Registered): Promise<Application> {
    const execute = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []
    const configuration = await oidc.discovery(new URL(issuer), id, {}, oidc.ClientSecretBasic(secret), { execute })
    return new Application(redirectUri, configuration)
  }

  async begin(parameters: Record<string, string> = {}): Promise<Request> {
    const [pkceCodeVerifier, expectedState] = [oidc.randomPKCECodeVerifier(), oidc.randomState()]
    const address = oidc.buildAuthorizationUrl(this.configuration, {
      redirect_uri: this.redirectUri,
      scope: 'openid profile email roles',
      state: expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    return { address, checks: { pkceCodeVerifier, expectedState } }
  }

  /** @param returned the address that the browser was sent back to */
  finish(returned: string, { checks }: Request) {
    return oidc.authorizationCodeGrant(this.configuration, new URL(returned), checks)
  }

  /** Goes through sign-in and consent as far as they are shown, in a browser without scripts. */
  async visit(browser: Browser, { email, password }: Credentials, parameters: Record<string, string> = {}) {
    const request = await this.begin(parameters)
    await browser.open(request.address.href)
    if (browser.document.querySelector('[name="password"]')) await browser.submit({ email, password })
    if (browser.document.querySelector('[name="decision"]')) await browser.submit({ decision: 'allow' })
    return this.finish(browser.page.url, request)
  }

  /** Sends a real browser to sign in; `interact` does what a person does there, until the browser is redirected back. */
  async signIn(page: Page, interact: () => Promise<void>, parameters: Record<string, string> = {}) {
    const request = await this.begin(parameters)
    await page.goto(request.address.href)
    await interact()
    await page.waitForURL(`${this.redirectUri}?**`)
    return this.finish(page.url(), request)
  }
}
