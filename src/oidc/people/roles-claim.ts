import type { Provider as Library } from 'oidc-provider'
import { DEFAULT_ROLES_CLAIM, withRolesIn } from '../../clients/roles-claim.ts'

declare module 'oidc-provider' {
  interface Claims {
    readonly client: Client
  }
}

/** Puts the roles in ID tokens and userinfo into the claim that the client looks for, after the library has selected them. */
export function nameRolesClaim({ Claims }: Library): void {
  const { result } = Claims.prototype
  Claims.prototype.result = async function () {
    return withRolesIn(this.client.roles_claim ?? DEFAULT_ROLES_CLAIM, await result.call(this))
  }
}
