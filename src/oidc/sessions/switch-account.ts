import type { KoaContextWithOIDC, Provider as Library } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { newSecret } from '../../base/secrets.ts'
import type { People } from '../people/people.ts'
import { unitOf } from '../provider/current-request.ts'
import { BrowserSessions, type KeptSession } from './browser-sessions.ts'
import { cookies } from './cookies.ts'

interface Parts {
  app: App
  people: People
}

/**
 * Makes the account that a person chose or added in the account chooser the current one of the browser, when the
 * authorization request is resumed. The earlier session is kept beside it. Both sessions get new ids in the commit of that
 * request, so that a copy of the earlier cookies gives no access (S-01).
 */
export function switchAccounts(provider: Library, { app, people }: Parts): void {
  const { Session } = provider
  const current = Session.get.bind(Session)
  Session.get = async ctx => {
    const present = await current(ctx)
    const { oidc } = ctx as Partial<KoaContextWithOIDC>
    return oidc?.route === 'resume' ? switched(ctx as KoaContextWithOIDC, present) : present
  }

  async function switched(ctx: KoaContextWithOIDC, present: Session): Promise<Session> {
    const wanted = await wantedAccount(ctx)
    // The session of an impersonation is never kept beside another one.
    if (!wanted || present.impersonation || present.accountId === wanted.accountId) return present
    const browser = new BrowserSessions({ app, provider, people }, ctx)
    const others = await browser.others()
    const own = others.find(({ accountId }) => accountId === wanted.accountId)
    // If the chosen session has ended meanwhile, the library refuses to continue with that of another account.
    if (!own && !wanted.signedIn) return present
    const next = own ?? new Session()
    const kept = await keptBeside(ctx, present)
    const rest = others.filter(({ accountId }) => accountId !== wanted.accountId)
    const ending = { by: ctx.state.visitor as Actor, target: wanted.clientId }
    await app.scope(() => browser.keep([...kept, ...rest], ending))
    ctx.oidc.entity('Session', next)
    return next
  }

  /** The account that the person chose or signed in to, if this request resumes the account chooser. */
  async function wantedAccount(ctx: KoaContextWithOIDC) {
    const uid = ctx.cookies.get(cookies(app.config).names.resume, { signed: false })
    const interaction = uid ? await unitOf(ctx).get('Interaction', uid) : undefined
    const { prompt, result, params } = (interaction ?? {}) as Partial<Chosen>
    if (prompt?.name !== 'select_account' || !result?.select_account) return null
    const accountId = result.login?.accountId ?? result.select_account.accountId
    return { accountId, signedIn: result.login !== undefined, clientId: params?.client_id ?? null }
  }
}

type Session = InstanceType<Library['Session']>

/** The interaction of an account chooser. */
interface Chosen {
  prompt: { name: string }
  params: { client_id?: string }
  result: { select_account?: { accountId?: string }; login?: { accountId: string } }
}

/** Gives the session a new id that only the sealed cookie holds. @returns the session, or nothing if no one is signed in */
async function keptBeside(ctx: KoaContextWithOIDC, { accountId, uid, jti: old }: Session): Promise<KeptSession[]> {
  const unit = unitOf(ctx)
  const stored = accountId ? await unit.get('Session', old) : undefined
  if (!stored) return []
  const id = newSecret()
  unit.drop('Session', old)
  unit.put('Session', id, { ...stored, jti: id }, Math.max(1, Number(stored.exp) - epoch(new Date())))
  return [{ accountId, uid, jti: id }]
}
