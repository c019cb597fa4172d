import helmet from 'koa-helmet'
import type { Context, Handler } from '../kit/context.ts'

/** Which features of browsers a page may use; `()` is none, `(self)` it alone. */
function permissions(passkeys: '()' | '(self)'): string {
  const passkeyFeatures = `publickey-credentials-create=${passkeys}, publickey-credentials-get=${passkeys}`
  return `camera=(), geolocation=(), microphone=(), ${passkeyFeatures}`
}

/**
 * What every page has, by Helmet: its own defaults, and stricter where that goes. Pages load nothing but our own files,
 * run no script, stand in nobody's frame, and their forms lead to ourselves alone. Browsers hold every redirect that
 * follows a form to that too, and nobody can list where an application's server redirects to: so what leaves our origin
 * is never the redirect of a form, but a page that leads on (layout, `onward`).
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
  // Not no-referrer: under that browsers send `Origin: null` even to ourselves, and forms could not tell where they are from.
  referrerPolicy: { policy: 'same-origin' },
  // Browsers warn where only some answers of an origin have it, and those of the protocol library and for programs do not.
  originAgentCluster: false,
  // These two depend on the request (securityHeaders).
  crossOriginOpenerPolicy: false,
  strictTransportSecurity: false,
})

/** Read by programs, which have neither frames nor scripts. */
const FOR_PROGRAMS = new Set(['/token', '/token/introspection', '/token/revocation', '/me', '/request', '/jwks'])

/**
 * The account pages alone are cut off from a window that opened them. An application may sign people in, or out, in a
 * popup, and one such answer on the way would take `window.opener` from its own page for good.
 */
const ACCOUNT_PAGES = /^\/account(\/|$)/

export function securityHeaders({ secure, basePath }: { secure: boolean; basePath: string }): Handler {
  return (ctx, next) => {
    const path = ctx.path.slice(basePath.length)
    if (FOR_PROGRAMS.has(path)) ctx.set('X-Content-Type-Options', 'nosniff')
    else keepPage(ctx)
    if (ACCOUNT_PAGES.test(path)) ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
    // For this host alone: what else lies under its name is not ours to decide.
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000')
    return next()
  }
}

/** An endpoint for programs answers a browser that strays there with a page, which has the headers of all others. */
export function keepPage(ctx: Context): void {
  if (ctx.response.get('Content-Security-Policy')) return
  void pageHeaders(ctx as never, async () => {})
  ctx.set('Permissions-Policy', permissions('()'))
}

/** For a page that shows another of ours in a frame. */
export function allowOwnFrame(ctx: Context): void {
  ctx.set('Content-Security-Policy', `${ctx.response.get('Content-Security-Policy')};frame-src 'self'`)
}

/** For a page with a form for passkeys: lets it run our own scripts, which ask the browser for one. */
export function allowPasskeys(ctx: Context): void {
  const policy = ctx.response.get('Content-Security-Policy')
  ctx.set('Content-Security-Policy', policy.replace(/(script|connect)-src 'none'/g, "$1-src 'self'"))
  ctx.set('Permissions-Policy', permissions('(self)'))
}

/**
 * Lets the forms of this answer open an application on the device (com.example.app:/callback): it opens only for what a
 * person does, such as sending a form, and redirects to nowhere else. To the web a page leads on instead.
 */
export function allowAppTarget(ctx: Context, address: string | null): void {
  const url = address ? URL.parse(address) : null
  if (!url || isWeb(url)) return
  const policy = ctx.response.get('Content-Security-Policy')
  ctx.set('Content-Security-Policy', policy.replace("form-action 'self'", `form-action 'self' ${url.protocol}`))
}

/**
 * The library's self-submitting page posts to the application (response_mode=form_post), which may redirect to any other
 * host; its script is allowed by its hash. A page without that script is an error page, whose redirect URI may be an
 * attacker's.
 */
export function allowFormPost(ctx: Context, address: unknown): void {
  const url = typeof address === 'string' ? URL.parse(address) : null
  const policy = ctx.response.get('Content-Security-Policy')
  if (!url || !isWeb(url) || !policy.includes("'sha256-")) return
  const targets = [...new Set([url.origin, 'https:', url.protocol])].join(' ')
  ctx.set('Content-Security-Policy', policy.replace(/form-action [^;]*/, `form-action ${targets}`))
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

/** The library adds the hash of its script to the sources of a page, and `'none'` stands for nothing beside others. */
export function allowOwnScript(ctx: Context): void {
  const policy = ctx.response.get('Content-Security-Policy')
  if (policy?.includes("'none' 'sha256-"))
    ctx.set('Content-Security-Policy', policy.replace("'none' 'sha256-", "'sha256-"))
}
