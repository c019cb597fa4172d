import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { clientCommand } from '../../clients/client-command.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { errors } from '../provider/library.ts'
import { type AddressHelp, addressHelp } from './address-help.ts'

/** What a developer needs to fix their request: what was sent, what is registered, and a command that fixes it. */
export interface Help {
  message: string
  sent: { name: string; value: string }[]
  registered: string[]
  /** For an address that is not registered, in place of `fix`; `register` is a whole command. */
  address: AddressHelp | null
  fix: string | null
}

/** How a developer starts the command line in the checkout that the server runs from. */
const COMMAND = 'node bin/gatehouse.js'

/** Matches the names of parameters whose values are not shown, even if the parameter does not belong in the request. */
const SECRET = /(token|token_hint|secret|assertion|password|code|verifier|authorization|xsrf|csrf)$/i

export function developerHelp(ctx: KoaContextWithOIDC, error: Error): Help | null {
  if (!(error instanceof errors.OIDCProviderError)) return null
  const given = parametersOf(ctx)
  const client = ctx.oidc?.client
  const message = [error.error_description ?? error.message, error.error_detail].filter(Boolean).join(': ')
  const help: Help = { message, sent: shown(given), registered: [], address: null, fix: null }

  const parameter = unregisteredAddress(error, message)
  const address = parameter && given[parameter]
  if (client && parameter && typeof address === 'string') {
    const registered = registeredAddresses(client, parameter)
    const about = addressHelp({ client, parameter, address, registered })
    const register = about.register && update(client.clientId, about.register, address)
    return { ...help, registered: [...registered], address: { ...about, register } }
  }
  if (error instanceof errors.InvalidClient) return { ...help, fix: `${COMMAND} clients list` }
  if (error instanceof errors.InvalidScope && client) {
    const { scope } = error as { scope?: string }
    const registered = [...(client.people_scopes ?? []), ...(client.resource_scopes ?? [])]
    return { ...help, registered, fix: scope ? update(client.clientId, '--add-scope', scope) : null }
  }
  return help
}

export type AddressParameter = 'redirect_uri' | 'post_logout_redirect_uri'

/** The parameter whose address is not registered; null if the error is another one. */
export function unregisteredAddress(error: Error, message: string): AddressParameter | null {
  if (error instanceof errors.InvalidRedirectUri) return 'redirect_uri'
  return message.includes('post_logout_redirect_uri') ? 'post_logout_redirect_uri' : null
}

/** What the client may send as this parameter. */
export function registeredAddresses(client: Client, parameter: AddressParameter): readonly string[] {
  return (parameter === 'redirect_uri' ? client.redirectUris : client.postLogoutRedirectUris) ?? []
}

function parametersOf(ctx: KoaContextWithOIDC): Record<string, unknown> {
  return { ...ctx.query, ...(ctx.oidc?.body as Record<string, unknown> | undefined) }
}

function shown(given: Record<string, unknown>): Help['sent'] {
  return Object.entries(given).map(([name, value]) => ({
    name,
    value: SECRET.test(name) ? '(not shown)' : [value].flat().join(', ').slice(0, 500),
  }))
}

/** Null for a client that describes itself, whose registration no command changes. */
function update(clientId: string, ...options: string[]): string | null {
  return isDocumentAddress(clientId)
    ? null
    : clientCommand('update', clientId, ...options).replace(/^gatehouse/, COMMAND)
}
