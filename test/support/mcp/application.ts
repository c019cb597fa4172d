import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { Browser } from '../browser.ts'
import type { Person } from '../people.ts'

interface Options {
  /** The issuer of Gatehouse. */
  issuer: string
  /** As registered by an operator; without it the library registers itself, in the way that the server supports. */
  client?: OAuthClientInformationMixed
  /** The address of its client ID metadata document. */
  metadataUrl?: string
  /** The scope that it asks for where the API names none. */
  scope?: string
}

/** A program that uses the client library of the Model Context Protocol, with the browser of a person. */
export class McpApplication implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:33418/callback'
  readonly clientMetadata: OAuthClientMetadata
  declare clientMetadataUrl?: string
  readonly browser: Browser
  client: OAuthClientInformationMixed | undefined
  kept: OAuthTokens | undefined
  /** The authorization requests that it has sent the person to. */
  readonly requests: URL[] = []
  #verifier = ''

  constructor({ issuer, client, metadataUrl, scope }: Options) {
    this.browser = new Browser(issuer)
    this.client = client
    if (metadataUrl) this.clientMetadataUrl = metadataUrl
    this.clientMetadata = {
      client_name: 'Assistant',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...(scope === undefined ? {} : { scope }),
    }
  }

  clientInformation() {
    return this.client
  }

  saveClientInformation(information: OAuthClientInformationMixed) {
    this.client = information
  }

  tokens() {
    return this.kept
  }

  saveTokens(tokens: OAuthTokens) {
    this.kept = tokens
  }

  async redirectToAuthorization(url: URL) {
    this.requests.push(url)
    await this.browser.open(url.href)
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }

  codeVerifier() {
    return this.#verifier
  }

  /** The person signs in and agrees, where asked. @returns the code that the application receives */
  async signIn({ email, password }: Person): Promise<string> {
    const { browser } = this
    if (browser.document.querySelector('[name="password"]')) await browser.submit({ email, password })
    if (browser.document.querySelector('[name="decision"]')) await browser.submit({ decision: 'allow' })
    const returned = new URL(browser.page.url)
    const code = returned.href.startsWith(this.redirectUrl) ? returned.searchParams.get('code') : null
    if (code === null) throw new Error(`the person is at ${returned.href}: ${browser.heading}`)
    return code
  }
}
