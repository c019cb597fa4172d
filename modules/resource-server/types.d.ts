/** The types that the modules for all frameworks share. */

export interface ProtectOptions {
  /** The address of Gatehouse, `PUBLIC_URL`, exactly as discovery names it. */
  issuer: string
  /** The identifier of this API, as it is registered with Gatehouse. Tokens for other APIs are refused. */
  audience: string
  /**
   * The public address of the path `/` of this server, for DPoP (`htu`). Without it, the origin of the audience. Set it if
   * the audience is not an http(s) URL, or if a proxy removes a part of the path.
   */
  url?: string
  /** What the metadata (RFC 9728) says about this API. */
  scopesSupported?: string[]
  resourceName?: string
  dpop?: DpopOptions
  /** A store of used DPoP proofs that several processes share. Without it, each process has its own in memory. */
  replays?: Replays
  /** Credentials with which opaque tokens are introspected (RFC 7662). Without them, opaque tokens are refused. */
  introspection?: IntrospectionOptions
  /** `false`: the list of revoked access tokens is not followed. */
  revocations?: boolean
  /** Seconds for which requests are answered while the list can't be read. 600 without it. */
  staleAfter?: number
  /** Seconds by which the clocks of Gatehouse and this server may differ. 15 without it, 60 at most. */
  clockTolerance?: number
  /** Seconds after which a request to Gatehouse is given up, 5 without it. */
  timeout?: number
  /** Further `typ` values of access tokens, such as `JWT` for an API that is registered with `--token-type JWT`. */
  acceptTypes?: string[]
  /** The claim that has the roles, `roles` without it. */
  rolesClaim?: string
  /** `true`: an issuer with http that is not on this machine is accepted. For tests in a closed network only. */
  allowInsecure?: boolean
  /** Writes a line for the operator; `console.warn` without it. */
  log?: (message: string) => void
  /** For tests that move the time. */
  clock?: Clock
}

interface DpopOptions {
  /** `true`: only DPoP-bound tokens are accepted. */
  required?: boolean
  /** `required`: proofs must contain a nonce of this server (RFC 9449 section 9). */
  nonce?: 'required'
  /** Signs the nonces: the same text in all processes that share the load. Without it, each process makes its own. */
  nonceSecret?: string
}

export interface Replays {
  /**
   * Whether this ID was passed before; it must be remembered in the same step until the time in epoch seconds.
   * If it throws, the request is answered with 503.
   */
  seen(id: string, until: number): boolean | Promise<boolean>
}

export interface IntrospectionOptions {
  clientId: string
  clientSecret: string
  /** Seconds for which an answer is used again, 10 without it. */
  cacheFor?: number
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Ends early, without an error, when the signal is aborted. Must not keep the process alive. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** What an accepted access token says. */
export interface Access {
  /** The ID of the person; of the client itself if it acts on its own behalf. */
  readonly subject: string
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  /** All claims of the token, or of its introspection. */
  readonly claims: Claims
  readonly token: string
  /** The administrator who acts as the person (`act`, RFC 8693); absent otherwise. */
  readonly actor?: { readonly subject: string }
}

export type Claims = Readonly<Record<string, unknown>>

export interface StepUp {
  /** One or more values of `acr`, the preferred one first. Higher values of Gatehouse are accepted too. */
  acr?: string | string[]
  /** The most seconds since the person signed in. */
  maxAge?: number
}

export interface Status {
  /**
   * What is known about revoked tokens: not yet everything, all, everything until a while ago, or the list is not
   * followed.
   */
  state: 'loading' | 'following' | 'behind' | 'off'
  /** When this state began. */
  since: Date
  /** Entries in memory. */
  entries: number
  /** The position in the list; null before it is loaded. */
  position: number | null
}

/** What `protect` returns has these too. */
export interface Controls {
  /** Reads the keys and the list at once, instead of at the first request. Settles when that was tried, and never rejects. */
  start(): Promise<void>
  status(): Status
  /** Ends following the list. */
  close(): void
}

/** A response, for any framework. */
export interface Answer {
  status: number
  headers: Record<string, string>
  /** JSON. */
  body: string
}
