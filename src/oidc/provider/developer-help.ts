import type { KoaContextWithOIDC } from 'oidc-provider'
import { errors } from './library.ts'

/** What a developer needs to fix their request: what was sent, what is registered, and a command that fixes it. */
export interface Help {
  message: string
  sent: { name: string; value: string }[]
  registered: string[]
  fix: string | null
}

/** How a developer starts the command line in the checkout that the server runs from. */
const COMMAND = 'node bin/gatehouse.js'

/** Matches the names of parameters whose values are not shown, even if the parameter does not belong in the request. */
const SECRET = /(token|token_hint|secret|assertion|password|code|verifier|authorization|xsrf|csrf)$/i

export function developerHelp(ctx: KoaContextWithOIDC, error: Error): Help | null {
  if (!(error instanceof errors.OIDCProviderError)) return null
  const sent = sentParameters(ctx)
  const value = (name: string) => sent.find(parameter => parameter.name === name)?.value
  const client = ctx.oidc?.client
  const clientId = quote(value('client_id') ?? client?.clientId)
  const message = [error.error_description ?? error.message, error.error_detail].filter(Boolean).join(': ')
  const help = (registered: readonly string[] = [], fix: string | null = null) => ({
    message,
    sent,
    registered: [...registered],
    fix: fix && `${COMMAND} clients ${fix}`,
  })

  if (error instanceof errors.InvalidRedirectUri)
    return help(client?.redirectUris, `update ${clientId} --add-redirect-uri ${quote(value('redirect_uri'))}`)
  if (error instanceof errors.InvalidClient) return help([], 'list')
  const logoutUri = value('post_logout_redirect_uri')
  if (logoutUri && message.includes('post_logout_redirect_uri'))
    return help(client?.postLogoutRedirectUris, `update ${clientId} --add-post-logout-redirect-uri ${quote(logoutUri)}`)
  if (error instanceof errors.InvalidScope && client) {
    const { scope } = error as { scope?: string }
    return help(client.scope?.split(' '), scope ? `update ${clientId} --add-scope ${quote(scope)}` : null)
  }
  return help()
}

function sentParameters(ctx: KoaContextWithOIDC): Help['sent'] {
  const given = { ...ctx.query, ...(ctx.oidc?.body as Record<string, unknown> | undefined) }
  return Object.entries(given).map(([name, value]) => ({
    name,
    value: SECRET.test(name) ? '(not shown)' : [value].flat().join(', ').slice(0, 500),
  }))
}

/** Quotes untrusted text so that a shell takes it literally. */
function quote(text: string | undefined): string {
  return `'${(text ?? '').replaceAll("'", `'\\''`)}'`
}
