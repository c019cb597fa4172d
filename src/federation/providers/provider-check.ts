import type { ServerMetadata } from 'openid-client'
import type { Clock } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { CLOCK_TOLERANCE, Discovery, type UpstreamConfiguration } from '../protocol/discovery.ts'
import { failureOf } from '../protocol/upstream-failure.ts'
import { type UpstreamFetch, upstreamFetch } from '../protocol/upstream-fetch.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** The result of one check; `ok` is null if only the detail is of interest. */
export interface Finding {
  check: 'discovery' | 'issuer' | 'reachable' | 'endpoints' | 'keys' | 'pkce' | 'scopes' | 'clock' | 'redirect-uri'
  ok: boolean | null
  detail: string
}

/** Checks for operators whether a provider is reachable and configured correctly. */
export class ProviderCheck {
  readonly #app
  readonly #fetch: UpstreamFetch

  constructor(app: Needs<'identityProviders' | 'upstreamClient' | 'outbound' | 'clock'>) {
    this.#app = app
    this.#fetch = upstreamFetch(app.outbound)
  }

  /** Bypasses the cache. Every problem is a finding, not an error. */
  async of(provider: IdentityProvider): Promise<Finding[]> {
    const skew = new ClockSkew(this.#fetch, this.#app.clock)
    const findings = provider.openid ? await this.#openid(provider, skew) : await reachability(provider, skew)
    const { redirectUri } = this.#app.upstreamClient.clientUris(provider)
    return [...findings, ...skew.findings(), { check: 'redirect-uri', ok: null, detail: redirectUri }]
  }

  async #openid(provider: IdentityProvider, skew: ClockSkew): Promise<Finding[]> {
    const discovery = new Discovery(this.#app, skew.fetch)
    try {
      const upstream = await discovery.load(provider)
      const metadata = upstream.configuration.serverMetadata()
      return [
        { check: 'discovery', ok: true, detail: `${provider.issuer} publishes its configuration` },
        { check: 'issuer', ok: true, detail: metadata.issuer },
        endpoints(metadata),
        await keys(upstream),
        pkce(metadata),
        scopes(metadata, provider),
      ]
    } catch (error) {
      const issuer = reportedIssuer(error)
      return issuer === null
        ? [{ check: 'discovery', ok: false, detail: failureOf(error).message }]
        : [{ check: 'issuer', ok: false, detail: `its issuer is ${issuer}, not ${provider.issuer}` }]
    }
  }
}

/** Measures how far the provider's clock is from ours, by the header Date of its responses. */
class ClockSkew {
  readonly fetch: UpstreamFetch
  #ahead: number | null = null

  constructor(fetch: UpstreamFetch, clock: Clock) {
    this.fetch = async (...request) => {
      const response = await fetch(...request)
      const reported = Date.parse(response.headers.get('date') ?? '')
      if (!Number.isNaN(reported)) this.#ahead = Math.round((reported - clock.now().getTime()) / 1000)
      return response
    }
  }

  findings(): Finding[] {
    if (this.#ahead === null) return []
    const skew = Math.abs(this.#ahead)
    const which = this.#ahead > 0 ? 'ahead of' : 'behind'
    const detail = skew <= 1 ? 'the same as ours' : `${skew} s ${which} ours`
    return [{ check: 'clock', ok: skew <= CLOCK_TOLERANCE, detail }]
  }
}

/** All that can be checked of plain OAuth 2.0 without a sign-in; any response counts. */
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
  const optional = ['userinfo_endpoint', 'end_session_endpoint'].filter(name => metadata[name])
  const detail = missing.length > 0 ? `${missing.join(', ')} missing` : ['all present', ...optional].join(', ')
  return { check: 'endpoints', ok: missing.length === 0, detail }
}

async function keys({ keys }: UpstreamConfiguration): Promise<Finding> {
  try {
    await keys?.reload()
    const count = keys?.jwks()?.keys.length ?? 0
    return { check: 'keys', ok: count > 0, detail: count === 1 ? '1 signing key' : `${count} signing keys` }
  } catch (error) {
    return { check: 'keys', ok: false, detail: failureOf(error).message }
  }
}

function pkce({ code_challenge_methods_supported: methods }: ServerMetadata): Finding {
  if (methods?.includes('S256')) return { check: 'pkce', ok: true, detail: 'S256' }
  return { check: 'pkce', ok: null, detail: 'not announced; Gatehouse uses PKCE with S256 anyway' }
}

function scopes({ scopes_supported: offered }: ServerMetadata, { scopes: asked }: IdentityProvider): Finding {
  if (!offered) return { check: 'scopes', ok: null, detail: 'not announced' }
  const missing = asked.filter(scope => !offered.includes(scope))
  const detail = missing.length === 0 ? asked.join(' ') : `not offered: ${missing.join(' ')}`
  return { check: 'scopes', ok: missing.length === 0, detail }
}

/** The issuer in the discovery document, if discovery failed because it differs; else null. */
function reportedIssuer(error: unknown): string | null {
  const cause: unknown = error instanceof Error ? error.cause : null
  if (typeof cause !== 'object' || cause === null || !('attribute' in cause) || cause.attribute !== 'issuer')
    return null
  const { body } = cause as { body?: { issuer?: unknown } }
  return String(body?.issuer).slice(0, 500)
}
