import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { SignedOut } from '../../base/refusals.ts'
import { newSecret } from '../../base/secrets.ts'
import type { Impersonation } from '../../lifecycle/impersonation/impersonation.ts'
import { type ImpersonationMark, lastMetadata, sessionMetadata } from '../../sessions/session-metadata.ts'
import type { Artifact } from '../../storage/artifacts/artifacts.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { type Browser, BrowserSessions } from '../sessions/browser-sessions.ts'
import { cookies } from '../sessions/cookies.ts'
import type { SignedIn } from '../sessions/signed-in.ts'
import { NOTICED_FOR, newSessionId } from './mark.ts'

/** Seconds within which a browser has the answers to all requests that it sent at the same time. */
const ANSWERED_WITHIN = 60

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
    ...moving(own, { from: old, to: kept, at: iat }),
    { do: 'put', kind: 'Session', id: sessionId, payload: session, ttl: until - iat + NOTICED_FOR },
  ])
  if (!moved) throw new SignedOut()
  const beside = { jti: kept, uid: administratorUid, accountId: administratorId }
  await browser.keep([beside, ...others], { by, target: null })
  // The browser keeps it when the time is over, and so shows the end (transient: the library does the same).
  ctx.cookies.set(cookies(app.config).names.session, sessionId, cookies(app.config).long)
}

/**
 * Leads this browser back to the administrator's own session, if that has not ended; otherwise no one is signed in in it.
 * The session of the impersonation must have ended.
 * @param impersonation null if it is gone with the account of the person: then to the session that was kept last
 * @param by the visitor
 * @returns false if another request of this browser has just led it back, so its cookies stay as they are
 */
export async function returnToOwnSession(
  { app, current: { provider, people } }: Parts,
  ctx: Browser,
  impersonation: Pick<Impersonation, 'administratorSessionUid'> | null,
  { by }: { by: Actor },
): Promise<boolean> {
  const browser = new BrowserSessions({ app, provider, people }, ctx)
  const others = await browser.others()
  const ownUid = impersonation ? impersonation.administratorSessionUid : others[0]?.uid
  const own = others.find(({ uid }) => uid === ownUid)
  const stored = own && (await app.artifacts.get('Session', own.jti))
  const [id, at] = [newSecret(), epoch(app.clock.now())]
  const moved = own && stored && (await app.artifacts.commit(moving(stored, { from: own.jti, to: id, at })))
  if (own ? !moved : ownUid && (await justMoved(app, ownUid))) return false
  await browser.keep(
    others.filter(other => other !== own),
    { by, target: null },
  )
  if (moved) setSession(app, ctx, id, Number(stored.exp))
  else ctx.cookies.set(cookies(app.config).names.session, null, cookies(app.config).long)
  return true
}

/** Whether a session that this browser does not have has a new id, which the browser is about to get. */
async function justMoved({ artifacts, clock }: App, uid: string): Promise<boolean> {
  const session = await artifacts.byUid('Session', uid)
  return session !== undefined && epoch(clock.now()) - lastMetadata(session).at < ANSWERED_WITHIN
}

/** Gives a session a new id, unless it has ended. */
function moving(stored: Artifact, { from, to, at }: { from: string; to: string; at: number }) {
  const ttl = Math.max(1, Number(stored.exp) - epoch(new Date()))
  return [
    { do: 'drop', kind: 'Session', id: from, ifPresent: true },
    { do: 'put', kind: 'Session', id: to, payload: { ...stored, jti: to, seen: { ...lastMetadata(stored), at } }, ttl },
  ] as const
}

function setSession(app: App, ctx: Browser, id: string, exp: number): void {
  const { names, long } = cookies(app.config)
  ctx.cookies.set(names.session, id, { ...long, expires: new Date(exp * 1000) })
}
