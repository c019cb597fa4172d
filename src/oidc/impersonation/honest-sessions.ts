import type { Provider as Library } from 'oidc-provider'
import { errors } from '../provider/library.ts'
import { impersonationIdIn, newSessionId } from './mark.ts'

/**
 * Keeps the session of an impersonation honest: the person did not sign in to it, so it has no time of a sign-in and
 * passes no `max_age`, no one can sign in to it, and it keeps the id that tells it apart. When it has ended, the library
 * does not replace its cookie by that of an empty session, so that the next page still notices the end.
 */
export function honestSessions(provider: Library): void {
  const { Session, Grant } = provider
  for (const model of [Session, Grant] as unknown as { IN_PAYLOAD: string[] }[])
    Object.defineProperty(model, 'IN_PAYLOAD', { value: [...model.IN_PAYLOAD, 'impersonation'] })
  const { authTime, loginAccount, past, resetIdentifier } = Session.prototype
  Session.prototype.authTime = function () {
    return this.impersonation ? undefined : authTime.call(this)
  }
  Session.prototype.past = function (age) {
    return this.impersonation !== undefined || past.call(this, age)
  }
  Session.prototype.loginAccount = function (details) {
    if (this.impersonation)
      throw new errors.AccessDenied('an administrator acts as the End-User, who cannot sign in here')
    loginAccount.call(this, details)
  }
  Session.prototype.resetIdentifier = function () {
    resetIdentifier.call(this)
    if (this.impersonation) this.jti = newSessionId(this.impersonation.id)
  }
  const get = Session.get.bind(Session)
  Session.get = async ctx => {
    const session = await get(ctx)
    const id = ctx.cookies.get(provider.cookieName('session'), { signed: false })
    if (!session.accountId && impersonationIdIn(id) !== null) Object.defineProperty(session, 'new', { value: true })
    return session
  }
}
