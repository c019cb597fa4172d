import type { App } from '../../app.ts'
import type { Level } from '../../login/assurance.ts'
import type { ImpersonationMark } from '../../sessions/session-metadata.ts'
import { sessionLevel } from '../people/acr.ts'
import { validPerson } from '../people/find-account.ts'
import type { Person } from '../people/people.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'

/** The person who is signed in in a browser, and since when. */
export interface SignedIn {
  person: Person
  /** The session's `uid`, which identifies it but gives no access. */
  uid: string
  /** Epoch seconds. */
  signedInAt: number
  /** The assurance level of the session. */
  level: Level | null
  /** Who acts as the person in this session; null if it is the person's own. */
  impersonation: ImpersonationMark | null
}

/** Reads this browser's session; null if there is none, or it is no longer valid. */
export async function signedIn(app: App, current: CurrentProvider, ctx: object): Promise<SignedIn | null> {
  const { Session } = current.provider
  const session = await Session.get(ctx as Parameters<typeof Session.get>[0])
  const signedInAt = session.loginTs ?? 0
  const person = session.accountId ? await validPerson(current.people, app, session.accountId, signedInAt) : null
  const impersonation = session.impersonation ?? null
  return person && { person, uid: session.uid, signedInAt, level: sessionLevel(session.amr), impersonation }
}
