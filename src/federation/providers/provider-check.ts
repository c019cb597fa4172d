import type { ServerMetadata } from 'openid-client'
import type { Clock } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { CLOCK_TOLERANCE, Discovery, type UpstreamConfiguration } from '../protocol/discovery.ts'
import { failureOf } from '../protocol/upstream-failure.ts'
import { type UpstreamFetch, upstreamFetch } from '../protocol/upstream-fetch.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** One thing that was looked at; `ok` is null where there is nothing to say but the detail. */
export interface Finding {
  check: 'discovery' | 'issuer' | 'reachable' | 'endpoints' | 'keys' | 'pkce' | 'scopes' | 'clock' | 'redirect-uri'
  ok: boolean | null
  detail: string
}

/** Looks whether a provider can be worked with, before anybody signs in through it; for operators. */
export class ProviderCheck {
  readonly #app
  readonly #fetch: UpstreamFetch

  constructor(app: Needs<'identityProviders' | 'upstreamClient' | 'outbound' | 'clock'>) {
    this.#app = app
    this.#fetch = upstreamFetch(app.outbound)
  }

  /** Nothing is taken from memory. What is wrong is a finding, never an error. */
  async of(provider: IdentityProvider): Promise<Finding[]> {
    const watch = new ClockSkew(this.#fetch, this.#app.clock)
    const findings = provider.openid ? await this.#openid(provider, watch) : await reachability(provider, watch)
    const { redirectUri } = this.#app.upstreamClient.clientUris(provider)
    return [...findings, ...watch.findings(), { check: 'redirect-uri', ok: null, detail: redirectUri }]
  }

  async #openid(provider: IdentityProvider, watch: ClockSkew): Promise<Finding[]> {
    const discovery = new Discovery(this.#app, watch.fetch)
    try {
      const known = await discovery.load(provider)
      const metadata = known.configuration.serverMetadata()
      return [
        { check: 'discovery', ok: true, detail: `${provider.issuer} says of itself what it is` },
        { check: 'issuer', ok: true, detail: metadata.issuer },
        endpoints(metadata),
        await keys(known),
        pkce(metadata),
        scopes(metadata, provider),
      ]
    } catch (error) {
      const another = reportedIssuer(error)
      return another === null
        ? [{ check: 'discovery', ok: false, detail: failureOf(error).message }]
        : [{ check: 'issuer', ok: false, detail: `it calls itself ${another}, and not ${provider.issuer}` }]
    }
  }
}

/** Remembers how far the clock of whoever answers is from ours, by the header Date. */
class ClockSkew {
  readonly fetch: UpstreamFetch
  #ahead: number | null = null

  constructor(fetch: UpstreamFetch, clock: Clock) {
    this.fetch = async (...request) => {
      const response = await fetch(...request)
      const theirs = Date.parse(response.headers.get('date') ?? '')
      if (!Number.isNaN(theirs)) this.#ahead = Math.round((theirs - clock.now().getTime()) / 1000)
      return response
    }
  }

  findings(): Finding[] {
    if (this.#ahead === null) return []
    const apart = Math.abs(this.#ahead)
    const which = this.#ahead > 0 ? 'ahead of' : 'behind'
    const detail = apart <= 1 ? 'the same as ours' : `its clock is ${apart} s ${which} ours`
    return [{ check: 'clock', ok: apart <= CLOCK_TOLERANCE, detail }]
  }
}

/** Of plain OAuth 2.0 nothing can be asked without a person; any answer shows that somebody is there. */
async function reachability({ endpoints }: IdentityProvider, { fetch }: ClockSkew): Promise<Finding[]> {
  const { host } = new URL(endpoints!.userinfo)
  try {
    await fetch(endpoints!.userinfo, { method: 'GET', headers: { accept: 'application/json' } })
    return [{ check: 'reachable', ok: true, detail: `${host} answers` }]
  } catch (error) {
    return [{ check: 'reachable', ok: false, detail: failureOf(error).message }]
  }
}

function endpoints(metadata: ServerMetadata): Finding {
  const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].filter(name => !metadata[name])
  const beside = ['userinfo_endpoint', 'end_session_endpoint'].filter(name => metadata[name])
  const detail = missing.length > 0 ? `it does not name ${missing.join(', ')}` : ['all there', ...beside].join(', ')
  return { check: 'endpoints', ok: missing.length === 0, detail }
}

async function keys({ keys }: UpstreamConfiguration): Promise<Finding> {
  try {
    await keys?.reload()
    const count = keys?.jwks()?.keys.length ?? 0
    return { check: 'keys', ok: count > 0, detail: `${count} to check its signatures with` }
  } catch (error) {
    return { check: 'keys', ok: false, detail: failureOf(error).message }
  }
}

function pkce({ code_challenge_methods_supported: methods }: ServerMetadata): Finding {
  if (methods?.includes('S256')) return { check: 'pkce', ok: true, detail: 'S256' }
  return { check: 'pkce', ok: null, detail: 'it does not say that it knows PKCE with S256; it is sent all the same' }
}

function scopes({ scopes_supported: offered }: ServerMetadata, { scopes: asked }: IdentityProvider): Finding {
  if (!offered) return { check: 'scopes', ok: null, detail: 'it does not say which it knows' }
  const missing = asked.filter(scope => !offered.includes(scope))
  const detail = missing.length === 0 ? asked.join(' ') : `it does not offer ${missing.join(' ')}`
  return { check: 'scopes', ok: missing.length === 0, detail }
}

/** What it calls itself, where that is what is wrong. */
function reportedIssuer(error: unknown): string | null {
  const cause: unknown = error instanceof Error ? error.cause : null
  if (typeof cause !== 'object' || cause === null || !('attribute' in cause) || cause.attribute !== 'issuer')
    return null
  const { body } = cause as { body?: { issuer?: unknown } }
  return String(body?.issuer).slice(0, 500)
}
