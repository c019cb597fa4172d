import type { Provider as Library } from 'oidc-provider'
import { Provider } from '../provider/library.ts'

/** A session with the name of the upstream session that it began with (federation/sessions/upstream-sessions.ts). */
export interface WithUpstreamSession {
  upstreamSession?: string
}

/**
 * Makes sessions keep the name of their upstream session, even when their id changes.
 * Re-authentication by another method removes it; a step-up keeps it.
 */
export function keepUpstreamSession({ Session }: Library): void {
  const model = Session as unknown as { IN_PAYLOAD: string[] }
  Object.defineProperty(model, 'IN_PAYLOAD', { value: [...model.IN_PAYLOAD, 'upstreamSession'] })
  const { loginAccount } = Session.prototype
  Session.prototype.loginAccount = function (this: InstanceType<typeof Session> & WithUpstreamSession, details) {
    loginAccount.call(this, details)
    const login = Provider.ctx?.oidc.entities.Interaction?.result?.login as { stepUp?: boolean } & WithUpstreamSession
    if (login?.stepUp) return
    if (login?.upstreamSession) this.upstreamSession = login.upstreamSession
    else delete this.upstreamSession
  }
}
