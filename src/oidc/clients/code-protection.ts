import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from '../provider/library.ts'

/** The request has neither PKCE nor what else its client may send instead. */
export class UnprotectedCode extends errors.InvalidRequest {}

/**
 * Checks what protects the code of a request without a code challenge. Public clients need PKCE; a confidential client
 * needs PKCE or a nonce, unless it was registered otherwise (RFC 9700 section 2.1.1). The library calls this only for
 * requests without a challenge, and itself refuses a verifier without a challenge, and a challenge without a verifier.
 * @returns false: what is missing is named by the error
 * @throws UnprotectedCode
 */
export function codeIsProtected({ oidc }: KoaContextWithOIDC, client: Client): false {
  const isPublic = client.tokenEndpointAuthMethod === 'none'
  if (isPublic || client.pkce === 'required')
    throw new UnprotectedCode(
      `${isPublic ? 'public clients need' : 'this client is registered for'} PKCE: send code_challenge and code_challenge_method=S256`,
    )
  if (client.pkce === 'nonce' && !oidc.params?.nonce)
    throw new UnprotectedCode('the request needs PKCE (code_challenge, S256) or a nonce; send one of them')
  return false
}
