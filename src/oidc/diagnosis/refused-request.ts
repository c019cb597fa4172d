import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import type { PkcePolicy } from '../../clients/client.ts'
import { registrationChange } from '../../clients/client-command.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { presetsAtCallback } from '../../clients/presets/at-callback.ts'
import type { ClientPreset } from '../../clients/presets/client-preset.ts'
import { RESPONSE_TYPES } from '../../clients/response-types.ts'
import { UnprotectedCode } from '../clients/code-protection.ts'
import { errors } from '../provider/library.ts'
import { addressHelp } from './address-help.ts'
import { type AddressParameter, registeredAddresses } from './developer-help.ts'

/** Programs that share a callback; advice for more of them would help no one. */
const MOST = 2

/**
 * What mends a refused authorization request, for the log: the application receives the error, and many show no more
 * than a bare 500. A program that is known by its callback is named with its own option.
 * @returns null if the error says enough
 */
export function refusedRequestFix(ctx: KoaContextWithOIDC, error: Error): string | null {
  const { client, params, route } = ctx.oidc
  if (!client) return null
  // For one that a browser sends, the error page says it, or in production the log.
  if (error instanceof errors.InvalidRedirectUri && route === 'pushed_authorization_request')
    return typeof params?.redirect_uri === 'string' ? addressFix(client, 'redirect_uri', params.redirect_uri) : null
  if (error instanceof UnprotectedCode) return unprotectedFix(client, params ?? {})
  const refused = error instanceof errors.UnsupportedResponseType || /response_type is not allowed/.test(reason(error))
  return refused ? responseTypeFix(client, params ?? {}) : null
}

type Parameters = Record<string, unknown>

/** Both ways to make the sent and the registered address equal. */
export function addressFix(client: Client, parameter: AddressParameter, address: string): string {
  const registered = registeredAddresses(client, parameter)
  const { change, register, problem } = addressHelp({ client, parameter, address, registered })
  const fixes = [
    ...(change === null ? [] : [`let the application send ${change}`]),
    ...(register === null
      ? []
      : [`if what it sends is right: ${registrationChange(client.clientId, register, address)}`]),
    ...(problem === null ? [] : [`what it sends ${problem}`]),
  ]
  return fixes.join('; ')
}

function unprotectedFix(client: Client, { redirect_uri: redirectUri, nonce }: Parameters): string {
  const own = advice(redirectUri, pkceFix) ?? 'switch on PKCE (S256) in the application'
  if (client.tokenEndpointAuthMethod === 'none' || isDocumentAddress(client.clientId)) return own
  const change = (pkce: PkcePolicy) => registrationChange(client.clientId, '--pkce', pkce)
  return nonce
    ? `${own}; or, since it sends a nonce: ${change('nonce')}`
    : `${own}; or, if it can do neither: ${change('off')}`
}

function responseTypeFix(
  client: Client,
  { redirect_uri: redirectUri, response_type: sent }: Parameters,
): string | null {
  const type = sortedType(sent)
  if (!RESPONSE_TYPES.some(each => each === type)) return null
  const own = advice(redirectUri, responseTypeOption) ?? 'let the application use response_type=code'
  if (client.applicationType === 'native' || isDocumentAddress(client.clientId)) return own
  const types = [...(client.responseTypes ?? []), type].flatMap(each => ['--response-type', each])
  return `${own}; or: ${registrationChange(client.clientId, ...types)}`
}

/** What to change in the program that is known by its callback; null for a path that many programs use. */
function advice(redirectUri: unknown, of: (preset: ClientPreset) => string | null): string | null {
  const known = [...new Set(presetsAtCallback(String(redirectUri)).flatMap(preset => of(preset) ?? []))]
  return known.length > 0 && known.length <= MOST ? known.join('; ') : null
}

/** A preset may be another program in front of one that has its own: `nginx with OAuth2 Proxy`. */
function pkceFix({ title, pkce }: ClientPreset): string | null {
  if (typeof pkce === 'object') return `${title.replace(/^.* with /, '')}: set ${pkce.option}`
  if (pkce === 'default') return `${title}: update it, recent versions send PKCE`
  return null
}

function responseTypeOption({ title, pkce }: ClientPreset): string | null {
  return typeof pkce === 'object' && pkce.option.includes('response_type') ? `${title}: set ${pkce.option}` : null
}

/** The library compares response types in this order. */
function sortedType(type: unknown): string {
  return String(type).split(' ').sort().join(' ')
}

function reason(error: Error): string {
  return (error as { error_description?: string }).error_description ?? ''
}
