import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { SignedOut } from '../../base/refusals.ts'
import { newSecret } from '../../base/secrets.ts'
import type { Impersonation } from '../../lifecycle/impersonation/impersonation.ts'
import { type ImpersonationMark, sessionMetadata } from '../../sessions/session-metadata.ts'
import type { Artifact } from '../../storage/artifacts/artifacts.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { type Browser, BrowserSessions } from '../sessions/browser-sessions.ts'
import { cookies } from '../sessions/cookies.ts'
import type { SignedIn } from '../sessions/signed-in.ts'
import { NOTICED_FOR, newSessionId } from './mark.ts'

interface Parts {
  app: App
  current: CurrentProvider
}

/**
 * Starts the impersonation in this browser: its session becomes one of the person, and the administrator's own is kept
 * beside it. Both get new ids, as in the account chooser (../sessions/switch-account.ts).
 * @param by the administrator @throws Forbidden, SignedOut
 */
export async function startImpersonation(
  { app, current: { provider, people } }: Parts,
  ctx: Browser,
  impersonation: Impersonation,
  { uid: administratorUid, signedInAt, by }: Pick<SignedIn, 'uid' | 'signedInAt'> & { by: Actor },
): Promise<void> {
  const { jti: old } = await provider.Session.get(ctx as never)
  const own = await app.artifacts.get('Session', old)
  if (!own) throw new SignedOut()
  const browser = new BrowserSessions({ app, provider, people }, ctx)
  const others = await browser.others()
  const sessions = { uid: newSecret(), administratorUid, administratorUntil: new Date(Number(own.exp) * 1000) }
  const until = epoch(await app.impersonations.start(impersonation, sessions, { by }))

  const iat = epoch(app.clock.now())
  const { id, administratorId, reason, account } = impersonation
  const mark: ImpersonationMark = {
    ...{ id, by: administratorId, since: signedInAt, session: administratorUid, until, reason },
  }
  const [sessionId, kept] = [newSessionId(id), newSecret()]
  const session = {
    ...{ iat, exp: until, jti: sessionId, kind: 'Session', uid: sessions.uid, accountId: account.id, loginTs: iat },
    ...{ impersonation: mark, transient: true, seen: sessionMetadata(by, iat) },
  }
  const moved = await app.artifacts.commit([
    ...moving(own, { from: old, to: kept }),
    { do: 'put', kind: 'Session', id: sessionId, payload: session, ttl: until - iat + NOTICED_FOR },
  ])
  if (!moved) throw new SignedOut()
  const beside = { jti: kept, uid: administratorUid, accountId: administratorId }
  await browser.keep([beside, ...others], { by, target: null })
  // The browser keeps it when the time is over, so that it still tells of the end (transient: the library does the same).
  ctx.cookies.set(cookies(app.config).names.session, sessionId, cookies(app.config).long)
}

/**
 * Leads this browser back to the administrator's own session, if that has not ended; otherwise no one is signed in in it.
 * The session of the impersonation must have ended.
 * @param by the visitor
 */
export async function returnToOwnSession(
  { app, current: { provider, people } }: Parts,
  ctx: Browser,
  { administratorSessionUid }: Pick<Impersonation, 'administratorSessionUid'>,
  { by }: { by: Actor },
): Promise<void> {
  const browser = new BrowserSessions({ app, provider, people }, ctx)
  const others = await browser.others()
  const own = others.find(({ uid }) => uid === administratorSessionUid)
  const stored = own && (await app.artifacts.get('Session', own.jti))
  const id = newSecret()
  const moved = own && stored && (await app.artifacts.commit(moving(stored, { from: own.jti, to: id })))
  // Another request of this browser, at the same time, has led it back.
  if (own && !moved) return
  await browser.keep(
    others.filter(other => other !== own),
    { by, target: null },
  )
  if (moved) setSession(app, ctx, id, Number(stored.exp))
  else ctx.cookies.set(cookies(app.config).names.session, null, cookies(app.config).long)
}

/** Gives a session a new id, unless it has ended. */
function moving(stored: Artifact, { from, to }: { from: string; to: string }) {
  const ttl = Math.max(1, Number(stored.exp) - epoch(new Date()))
  return [
    { do: 'drop', kind: 'Session', id: from, ifPresent: true },
    { do: 'put', kind: 'Session', id: to, payload: { ...stored, jti: to }, ttl },
  ] as const
}

function setSession(app: App, ctx: Browser, id: string, exp: number): void {
  const { names, long } = cookies(app.config)
  ctx.cookies.set(names.session, id, { ...long, expires: new Date(exp * 1000) })
}
