import helmet from 'koa-helmet'
import type { Context, Handler } from '../kit/request/context.ts'

/** The Permissions-Policy of a page: `()` allows a feature to no origin, `(self)` to ours alone. */
function permissions(passkeys: '()' | '(self)'): string {
  const passkeyFeatures = `publickey-credentials-create=${passkeys}, publickey-credentials-get=${passkeys}`
  return `camera=(), geolocation=(), microphone=(), ${passkeyFeatures}`
}

/**
 * The headers of every page: Helmet's defaults, made stricter where possible. Pages load styles and fonts from our origin
 * alone, run no script, cannot be framed, and post forms to our origin alone. Browsers apply `form-action` to the redirects
 * after a form too, and where an application's server redirects to cannot be listed. So a form never redirects to another
 * origin; it answers with a page that sends the browser there (layout, `redirectTo`).
 */
const pageHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'https:'],
      fontSrc: ["'self'"],
      connectSrc: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Not no-referrer: browsers would send `Origin: null` even to our origin, and the origin check of forms would fail.
  referrerPolicy: { policy: 'same-origin' },
  // Browsers warn if only some responses of an origin have it, and those of the library and for programs do not.
  originAgentCluster: false,
  // These two depend on the request (securityHeaders).
  crossOriginOpenerPolicy: false,
  strictTransportSecurity: false,
})

/** Endpoints for programs, which need no headers about frames and scripts. */
const FOR_PROGRAMS = new Set(['/token', '/token/introspection', '/token/revocation', '/me', '/request', '/jwks'])

/**
 * Only the account pages are isolated from the window that opened them. An application may sign people in or out in a
 * popup, and one isolated response on the way would remove `window.opener` from its own page for good.
 */
const ACCOUNT_PAGES = /^\/account(\/|$)/

export function securityHeaders({ secure, basePath }: { secure: boolean; basePath: string }): Handler {
  return (ctx, next) => {
    const path = ctx.path.slice(basePath.length)
    if (FOR_PROGRAMS.has(path)) ctx.set('X-Content-Type-Options', 'nosniff')
    else setPageHeaders(ctx)
    if (ACCOUNT_PAGES.test(path)) ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
    // Without includeSubDomains: the subdomains of this host are not ours.
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000')
    return next()
  }
}

/** Sets the headers of a page, also for the error page that an endpoint for programs shows to a browser. */
export function setPageHeaders(ctx: Context): void {
  if (ctx.response.get('Content-Security-Policy')) return
  void pageHeaders(ctx as never, async () => {})
  ctx.set('Permissions-Policy', permissions('()'))
}

/** Changes a part of the page's Content-Security-Policy, if it has that part. */
function changePolicy(ctx: Context, part: string | RegExp, changed: string): void {
  const policy = ctx.response.get('Content-Security-Policy')
  if (policy) ctx.set('Content-Security-Policy', policy.replace(part, changed))
}

/** Lets the page show another page of ours in a frame. */
export function allowOwnFrame(ctx: Context): void {
  changePolicy(ctx, /$/, ";frame-src 'self'")
}

/** Lets a page with a passkey form run our own scripts, which call WebAuthn. */
export function allowPasskeys(ctx: Context): void {
  changePolicy(ctx, /(script|connect)-src 'none'/g, "$1-src 'self'")
  ctx.set('Permissions-Policy', permissions('(self)'))
}

/** Lets the API reference run its scripts, which read the OpenAPI document. Its pictures are in its style sheet. */
export function allowApiReference(ctx: Context): void {
  changePolicy(ctx, /(script|connect)-src 'none'/g, "$1-src 'self'")
  changePolicy(ctx, / https:/, '')
}

/**
 * Lets the forms of this page redirect to a native application (com.example.app:/callback), which opens only after an
 * action of the person, such as sending a form, and redirects nowhere else. Web addresses use the `redirect-to-client` page instead.
 */
export function allowAppTarget(ctx: Context, address: string | null): void {
  const url = address ? URL.parse(address) : null
  if (url && !isWeb(url)) changePolicy(ctx, "form-action 'self'", `form-action 'self' ${url.protocol}`)
}

/**
 * The library's self-submitting page posts to the application (response_mode=form_post), which may redirect to any other
 * host; its script is allowed by its hash. A page without that script is an error page, whose redirect URI may be an
 * attacker's.
 */
export function allowFormPost(ctx: Context, address: unknown): void {
  const url = typeof address === 'string' ? URL.parse(address) : null
  if (!url || !isWeb(url) || !ctx.response.get('Content-Security-Policy').includes("'sha256-")) return
  const targets = [...new Set([url.origin, 'https:', url.protocol])].join(' ')
  changePolicy(ctx, /form-action [^;]*/, `form-action ${targets}`)
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

/** Removes `'none'` where the library has added the hash of its script: it is not valid beside other sources. */
export function allowOwnScript(ctx: Context): void {
  changePolicy(ctx, "'none' 'sha256-", "'sha256-")
}
