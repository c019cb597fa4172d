import type { KoaContextWithOIDC } from 'oidc-provider'
import { presetsAtCallback } from '../../clients/presets/at-callback.ts'
import type { ClientPreset } from '../../clients/presets/client-preset.ts'
import { RESPONSE_TYPES } from '../../clients/response-types.ts'
import { UnprotectedCode } from '../clients/code-protection.ts'
import { errors } from '../provider/library.ts'

/**
 * What mends a refused authorization request, for the log: the application receives the error, and many show no more
 * than a bare 500. A program that is known by its callback is named with its own option.
 * @returns null if the error says enough
 */
export function refusedRequestFix(ctx: KoaContextWithOIDC, error: Error): string | null {
  const { client, params } = ctx.oidc
  if (!client) return null
  const programs = presetsAtCallback(String(params?.redirect_uri))
  if (error instanceof UnprotectedCode) {
    const off = client.tokenEndpointAuthMethod === 'none' ? null : `gatehouse clients update ${client.clientId} --pkce `
    const known = [...new Set(programs.flatMap(program => pkceFix(program) ?? []))]
    const own = known.length > 0 ? known.join('; ') : 'switch on PKCE (S256) in the application'
    return off ? `${own}; or, if it can do neither: ${off}off` : own
  }
  const type = sortedType(params?.response_type)
  const refused = error instanceof errors.UnsupportedResponseType || /response_type is not allowed/.test(reason(error))
  if (!refused || !RESPONSE_TYPES.some(each => each === type)) return null
  const known = programs.flatMap(({ title, pkce }) =>
    typeof pkce === 'object' && pkce.option.includes('response_type') ? `${title}: set ${pkce.option}` : [],
  )
  const own = known.length > 0 ? known.join('; ') : 'let the application use response_type=code'
  return `${own}; or: gatehouse clients update ${client.clientId} --response-type code --response-type '${type}'`
}

/** A preset may be another program in front of one that has its own: `nginx with OAuth2 Proxy`. */
function pkceFix({ title, pkce }: ClientPreset): string | null {
  if (typeof pkce === 'object') return `${title.replace(/^.* with /, '')}: set ${pkce.option}`
  if (pkce === 'default') return `${title}: update it, recent versions send PKCE`
  return null
}

/** The library compares response types in this order. */
function sortedType(type: unknown): string {
  return String(type).split(' ').sort().join(' ')
}

function reason(error: Error): string {
  return (error as { error_description?: string }).error_description ?? ''
}
