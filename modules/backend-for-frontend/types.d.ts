import type { JWTPayload } from 'jose'

/** Where sessions are. What it stores is sealed, and expires by itself. */
export interface Store {
  get(key: string): Promise<string | null | undefined>
  /** Replaces what was there. It has to be gone after this number of seconds. */
  set(key: string, value: string, seconds: number): Promise<unknown>
  delete(key: string): Promise<unknown>
  /** Returns the value and deletes it, in one step: of several calls at the same time only one gets it. */
  take(key: string): Promise<string | null | undefined>
}

/** Such as `console`, or a logger of pino. */
export interface Log {
  warn(message: string): void
  error(message: string): void
}

export interface Clock {
  now(): Date
}

export interface BrowserSessionsOptions {
  /** The issuer of Gatehouse, such as `https://id.example.com`. */
  issuer: string
  clientId: string
  clientSecret: string
  /** The origin of the application as browsers see it, such as `https://app.example.com`. */
  url: string
  /** The path of the routes for signing in and out; `/auth` by default. */
  path?: string
  /** By default `openid profile email roles offline_access`. */
  scope?: string
  /** The identifier of the API that the access token is for. */
  resource?: string
  /** In memory by default. */
  store?: Store
  /**
   * Seals what is stored: at least 32 characters, the same in all processes. Of several, the first seals and all open.
   * Without it, and only with the store in memory, it is random.
   */
  secret?: string | readonly string[]
  /** The claims that `GET /auth/me` shows; by default `sub`, `name`, `email` and `roles`. */
  claims?: readonly string[]
  /** Seconds without a request after which a session ends; 8 hours by default. */
  idleLifetime?: number
  /** Seconds after which a session ends in any case; 7 days by default. */
  lifetime?: number
  /** Where the browser comes back to after signing out; `/` by default. */
  afterSignOut?: string
  /**
   * What a person sees when a sign-in failed: a `page` of the module (the default), or the page of the application that
   * they wanted to go to, with `?sign_in_error=…`.
   */
  signInErrors?: 'page' | 'application'
  /** For Safari on http://localhost: cookies without `Secure` and `__Host-`. Refused for any other address. */
  insecureLocalhost?: boolean
  /** `console` by default. */
  log?: Log
  /** For tests that move the time. */
  clock?: Clock
}

export interface ForwardOptions {
  /** Bytes of the largest request that is passed on; 10 MB by default. */
  mostBytes?: number
  /** Seconds until the API must have begun to answer; 60 by default. */
  timeout?: number
}

/** A person who is signed in in this browser. */
export interface BrowserSession {
  /** The claims of the ID token. */
  claims: JWTPayload & { sub: string }
  /** When the session ends if there is no further request. */
  expires: Date
  /**
   * A valid access token, refreshed if it is about to expire.
   * @throws Refusal 401 if the provider has ended the sign-in, 503 if it does not answer and the token has expired
   */
  accessToken(): Promise<string>
}

/** How the sessions are used, with the requests and middleware of a framework. */
export interface Sessions<Request, Middleware> {
  /** Answers the routes for signing in and out, and leaves all other requests to the application. */
  middleware: Middleware
  /**
   * The session of the browser that sent this request, or null.
   * @throws Refusal 403 if the request may change something and does not come from a page of the application
   */
  of(request: Request): Promise<BrowserSession | null>
  /** Sends requests below a path to an API, with the access token of the person who is signed in. */
  forward(path: string, target: string, options?: ForwardOptions): Middleware
}
