import type { App } from '../../app.ts'
import { newSecret } from '../../base/secrets.ts'
import { type AuthenticationMethod, amrOf, methodsFromAmr } from '../../login/assurance.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { cookies } from './cookies.ts'

/**
 * Adds a factor that a signed-in person has just proven to their session, whose age does not change.
 * The session gets a new id, so that someone who knows the old one does not gain the higher level.
 * A session that has ended meanwhile stays ended.
 */
export async function stepUp(
  { app, current: { provider } }: { app: App; current: CurrentProvider },
  ctx: { cookies: { set(name: string, value: string, options: object): unknown } },
  passed: AuthenticationMethod,
): Promise<void> {
  const { Session } = provider
  const { jti: old } = await Session.get(ctx as never)
  const kept = await app.artifacts.get('Session', old)
  if (!kept) return
  const id = newSecret()
  const amr = amrOf([...methodsFromAmr(kept.amr as string[] | undefined), passed])
  const exp = Number(kept.exp)
  const ttl = Math.max(1, exp - Math.floor(Date.now() / 1000))
  const moved = await app.artifacts.commit([
    { do: 'drop', kind: 'Session', id: old, ifPresent: true },
    { do: 'put', kind: 'Session', id, payload: { ...kept, jti: id, amr }, ttl },
  ])
  if (!moved) return
  const { names, long } = cookies(app.config)
  ctx.cookies.set(names.session, id, kept.transient ? long : { ...long, expires: new Date(exp * 1000) })
}
