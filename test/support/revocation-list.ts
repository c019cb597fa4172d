import { hash } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'

const ENTRY_BYTES = 20

export interface ListPage {
  iss: string
  after: number
  position: number
  more: boolean
  /** Epoch seconds of the end, by key in hexadecimal. */
  entries: Map<string, number>
}

/**
 * Reads the list of revoked access tokens as an API does: by its address in discovery, verified with the published keys.
 * @param at the address of another process
 */
export async function readList(
  issuer: string,
  query: Record<string, string | number> = {},
  at = issuer,
): Promise<ListPage> {
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`)
  const { access_token_revocations_uri: uri = '', jwks_uri: keys = '' } = (await discovery.json()) as Record<
    string,
    string
  >
  const address = new URL(uri.replace(issuer, at))
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value))
  const response = await fetch(address)
  const { payload } = await jwtVerify(await response.text(), createRemoteJWKSet(new URL(keys)), {
    issuer,
    typ: 'token-revocations+jwt',
  })
  const packed = Buffer.from(String(payload.entries), 'base64url')
  const entries = new Map<string, number>()
  for (let at = 0; at < packed.length; at += ENTRY_BYTES)
    entries.set(packed.toString('hex', at, at + 16), packed.readUInt32BE(at + 16))
  return { ...(payload as unknown as ListPage), entries }
}

/** The key of an ID, in hexadecimal. */
export function keyOf(id: string): string {
  return hash('sha256', id, 'buffer').toString('hex', 0, 16)
}

/** Whether an API that follows the list refuses the access token. */
export function isListed({ entries }: ListPage, accessToken: string): boolean {
  const { jti = '', grant_id: grant, revocable_by: others } = decodeJwt(accessToken)
  const keys = [keyOf(jti), ...(grant ? [keyOf(String(grant))] : [])]
  for (const other of others as string[]) keys.push(Buffer.from(other, 'base64url').toString('hex'))
  return keys.some(key => entries.has(key))
}
