import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { digest } from '../base/secrets.ts'
import { type Device, deviceName, deviceOf } from '../base/text/user-agent.ts'
import { keyOf } from '../storage/artifacts/artifact.ts'
import type { Listed } from '../storage/artifacts/artifacts.ts'
import type { LogoutNotification } from './backchannel-logout-queue.ts'
import { authorizationsOf, impersonationOf, lastMetadata } from './session-metadata.ts'

/** Seconds added to the known expiry of an ended session: more than a request in progress may have extended it by. */
const MAX_EXTENSION = 24 * 60 * 60

export interface BrowserSession extends Device {
  /** Identifies the session for `revoke` as long as it lives, even if its id changes. It gives no access. */
  key: string
  /** oidc-provider's `uid`, by which a browser recognises its own session. It gives no access either. */
  uid: string
  signedInAt: Date
  /** Accurate to 15 minutes. */
  lastSeenAt: Date
  expiresAt: Date
  /** `Firefox on Linux`; empty if unknown. */
  device: string
  /** The last known IP address. */
  ip: string | null
  /** The ID of the administrator who acts as the person in it; null in every other session. */
  impersonatedBy: string | null
  /** The client_ids of the applications that this session is signed in to. */
  clients: string[]
}

/** The browser sessions of an account. The access of applications is in `grants`. */
export class Sessions {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'artifacts' | 'revocations' | 'backchannelLogout' | 'audit' | 'clock' | 'config'>,
  ) {
    this.#app = app
  }

  /** Newest first. */
  async of(accountId: string): Promise<BrowserSession[]> {
    const ended = await this.#app.revocations.of(accountId)
    const listed = await this.#app.artifacts.byAccount('Session', accountId)
    return listed.filter(({ payload }) => !ended.has(keyOf(String(payload.uid)))).map(described)
  }

  /** Ends the session, revokes the grants of its applications and notifies them. @throws NotFound */
  async revoke(accountId: string, key: string, { by }: { by: Actor }): Promise<void> {
    const [found] = await this.#matching(accountId, uid => digest(uid) === key)
    if (!found) throw new NotFound(`the account has no session ${JSON.stringify(key)}`)
    const sent = await this.#notify([found], () =>
      this.#app.audit.record('session.revoked', { by, subject: accountId }),
    )
    const { uid } = found.payload
    await this.#drop(accountId, each => each === uid, { known: [String(uid)], sent })
  }

  /** Ends all sessions but the one with this `uid`. @returns how many there were */
  async revokeOthers(accountId: string, exceptUid: string | null, { by }: { by: Actor }): Promise<number> {
    const which = (uid: string) => uid !== exceptUid
    const others = await this.#matching(accountId, which)
    if (others.length === 0) return 0
    const sent = await this.#notify(others, () =>
      this.#app.audit.record('sessions.others-revoked', { by, subject: accountId }),
    )
    await this.#drop(accountId, which, { sent })
    return others.length
  }

  /** Ends the session with this `uid`, revokes its applications' grants and notifies them. The caller records it. */
  drop(accountId: string, uid: string): Promise<void> {
    return this.#drop(accountId, each => each === uid, { known: [uid] })
  }

  /** Records the event and queues the logout notifications in one transaction. @returns the notifications */
  async #notify(sessions: Listed[], record: () => void): Promise<LogoutNotification[]> {
    const notifications = this.#app.backchannelLogout.ofSessions(sessions)
    await this.#app.atomically(async () => {
      record()
      await this.#app.backchannelLogout.send(notifications)
    })
    return notifications
  }

  /**
   * A request in progress can give a session a new id, or its applications new grants, until it sees that the session
   * is gone. So sessions are dropped until none is left, and only then are the grants listed.
   */
  async #drop(
    accountId: string,
    which: (uid: string) => boolean,
    { known = [], sent = [] }: { known?: string[]; sent?: LogoutNotification[] },
  ): Promise<void> {
    const [ended, grantIds] = [new Set(known), new Set<string>()]
    const notified = new Set(sent.map(({ sid }) => sid))
    // The session may be gone from the store already, and its expiry with it.
    const latest = Math.floor(this.#app.clock.now().getTime() / 1000) + this.#app.config.sessionTtl + MAX_EXTENSION
    await this.#app.revocations.record(known.map(id => ({ accountId, id, exp: latest })))
    let sessions = await this.#matching(accountId, which)
    while (sessions.length > 0) {
      for (const { payload } of sessions) {
        ended.add(String(payload.uid))
        for (const { grantId } of Object.values(authorizationsOf(payload))) if (grantId) grantIds.add(grantId)
      }
      await this.#app.revocations.record(
        sessions.map(({ payload }) => ({
          accountId,
          id: String(payload.uid),
          exp: Number(payload.exp) + MAX_EXTENSION,
        })),
      )
      const notifications = this.#app.backchannelLogout.ofSessions(sessions).filter(({ sid }) => !notified.has(sid))
      await this.#app.backchannelLogout.send(notifications)
      for (const { sid } of notifications) notified.add(sid)
      await this.#app.artifacts.commit(sessions.map(({ key }) => ({ do: 'drop', kind: 'Session', key })))
      sessions = await this.#matching(accountId, which)
    }
    const grants = await this.#app.artifacts.byAccount('Grant', accountId)
    for (const { payload } of grants) if (ended.has(String(payload.sessionUid))) grantIds.add(String(payload.jti))
    await Promise.all([...grantIds].map(grantId => this.#app.artifacts.dropGrant(grantId)))
  }

  async #matching(accountId: string, which: (uid: string) => boolean): Promise<Listed[]> {
    const listed = await this.#app.artifacts.byAccount('Session', accountId)
    return listed.filter(({ payload }) => which(String(payload.uid)))
  }
}

function described({ payload }: Listed): BrowserSession {
  const { at, ip, userAgent } = lastMetadata(payload)
  const device = deviceOf(userAgent)
  return {
    key: digest(String(payload.uid)),
    uid: String(payload.uid),
    signedInAt: moment(payload.loginTs ?? payload.iat),
    lastSeenAt: moment(at),
    expiresAt: moment(payload.exp),
    ...device,
    device: deviceName(device),
    ip,
    impersonatedBy: impersonationOf(payload)?.by ?? null,
    clients: Object.keys(authorizationsOf(payload)),
  }
}

function moment(seconds: unknown): Date {
  return new Date(Number(seconds) * 1000)
}
