import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { rolesBeyond } from '../../lifecycle/impersonation/conditions.ts'
import type { ImpersonationMark } from '../../sessions/session-metadata.ts'
import { keyOf } from '../../storage/artifacts/artifact.ts'
import { validPerson } from '../people/find-account.ts'
import type { People } from '../people/people.ts'

/**
 * Whether an administrator may still act as a person. It is asked each time that a session or grant of it is read, so it
 * ends at once when the time is over, or the administrator signs out, is suspended, or loses the right to it.
 */
export async function lasts(
  { by, since, session, until }: ImpersonationMark,
  personId: string,
  app: Needs<'clock' | 'roles' | 'verification'> & { people: People },
): Promise<boolean> {
  if (epoch(app.clock.now()) >= until) return false
  const { people, roles } = app
  const [administrator, person] = await Promise.all([validPerson(people, app, by, since), people.find(personId)])
  if (!administrator || !person || administrator.ended.has(keyOf(session))) return false
  const [held, theirs] = await Promise.all([roles.rightsOf(administrator.roles), roles.rightsOf(person.roles)])
  const beyond = rolesBeyond(held, { own: administrator.roles, theirs: person.roles })
  return held.has('accounts:impersonate') && held.covers(theirs) && beyond.length === 0
}
