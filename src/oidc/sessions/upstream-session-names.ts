import type { Provider as Library } from 'oidc-provider'
import { Provider } from '../provider/library.ts'

/** What a session remembers beside what the library keeps: the visit to a provider (federation/sessions/upstream-sessions.ts) it began with. */
export interface WithUpstreamSession {
  visit?: string
}

/**
 * Lets sessions remember their visit for as long as they live, under whatever id. Whoever says anew who they are in another
 * way ends the memory; a session that is only made surer keeps it.
 */
export function rememberVisits({ Session }: Library): void {
  const model = Session as unknown as { IN_PAYLOAD: string[] }
  Object.defineProperty(model, 'IN_PAYLOAD', { value: [...model.IN_PAYLOAD, 'visit'] })
  const { loginAccount } = Session.prototype
  Session.prototype.loginAccount = function (this: InstanceType<typeof Session> & WithUpstreamSession, details) {
    loginAccount.call(this, details)
    const login = Provider.ctx?.oidc.entities.Interaction?.result?.login as { carried?: boolean } & WithUpstreamSession
    if (login?.carried) return
    if (login?.visit) this.visit = login.visit
    else delete this.visit
  }
}
