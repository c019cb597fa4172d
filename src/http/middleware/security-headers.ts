import type { Context, Handler } from '../context.ts'

/**
 * Pages load nothing but our own files, run no script, and stand in nobody's frame.
 * `formTargets`: where a form may lead in the end; browsers apply form-action to the redirects that follow it too.
 */
export function contentSecurityPolicy(formTargets: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'none'",
    "style-src 'self'",
    "img-src 'self' data: https:",
    "font-src 'self'",
    "connect-src 'none'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** Which features of browsers a page may use; `()` is none, `(self)` it alone. */
function permissions(passkeys: '()' | '(self)'): string {
  const passkeyFeatures = `publickey-credentials-create=${passkeys}, publickey-credentials-get=${passkeys}`
  return `camera=(), geolocation=(), microphone=(), ${passkeyFeatures}`
}

const HEADERS = {
  'Content-Security-Policy': contentSecurityPolicy(),
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  // Not no-referrer: under that browsers send `Origin: null` even to ourselves, and forms could not tell where they are from.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': permissions('()'),
}

/** Read by programs, which have neither frames nor scripts. */
const FOR_PROGRAMS = new Set(['/token', '/token/introspection', '/token/revocation', '/me', '/request', '/jwks'])

export function securityHeaders({ secure, basePath }: { secure: boolean; basePath: string }): Handler {
  return (ctx, next) => {
    if (FOR_PROGRAMS.has(ctx.path.slice(basePath.length))) ctx.set('X-Content-Type-Options', 'nosniff')
    else ctx.set(HEADERS)
    // For this host alone: what else lies under its name is not ours to decide.
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000')
    return next()
  }
}

/** An endpoint for programs answers a browser that strays there with a page, which is kept like all others. */
export function keepPage(ctx: Context): void {
  if (!ctx.response.get('Content-Security-Policy')) ctx.set(HEADERS)
}

/** For a page with a form for passkeys: lets it run our own scripts, which ask the browser for one. */
export function allowPasskeys(ctx: Context): void {
  const policy = ctx.response.get('Content-Security-Policy')
  ctx.set('Content-Security-Policy', policy.replace(/(script|connect)-src 'none'/g, "$1-src 'self'"))
  ctx.set('Permissions-Policy', permissions('(self)'))
}

/** Lets the forms of this answer lead to that address. */
export function allowFormTarget(ctx: Context, address: string | null): void {
  const source = formSource(address)
  if (source) ctx.set('Content-Security-Policy', contentSecurityPolicy([source]))
}

/** An origin, or the scheme alone where there is none (com.example.app:/callback). */
function formSource(address: string | null): string | null {
  const url = address ? URL.parse(address) : null
  if (!url) return null
  return url.origin === 'null' ? url.protocol : url.origin
}

/**
 * The library's self-submitting pages post to the application (response_mode=form_post), or to ourselves (`here`) and by
 * a redirect to the application; their script is allowed by its hash. A page without that script is an error page: where
 * that was asked to lead may be anybody's address.
 */
export function allowFormPost(ctx: Context, address: unknown, { here = false } = {}): void {
  const source = typeof address === 'string' ? formSource(address) : null
  const policy = ctx.response.get('Content-Security-Policy')
  if (!source || !policy.includes("'sha256-")) return
  const targets = here ? `'self' ${source}` : source
  ctx.set('Content-Security-Policy', policy.replace(/form-action [^;]*/, `form-action ${targets}`))
}

/** The library adds the hash of its script to the sources of a page, and `'none'` stands for nothing beside others. */
export function allowOwnScript(ctx: Context): void {
  const policy = ctx.response.get('Content-Security-Policy')
  if (policy?.includes("'none' 'sha256-"))
    ctx.set('Content-Security-Policy', policy.replace("'none' 'sha256-", "'sha256-"))
}
