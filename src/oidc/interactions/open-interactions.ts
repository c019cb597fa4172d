import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { unitOf } from '../provider/current-request.ts'
import { INTERACTION } from '../provider/lifetimes.ts'
import { cookies } from '../sessions/cookies.ts'

/** The maximum number of open interactions of one browser; enough for the tabs that a person may restore. */
const MAX_INTERACTIONS = 24

const SEALED = 'open interactions'

/**
 * Limits the open interactions of a browser: when one more begins, the unit of work that stores it also drops the oldest.
 * The list is in a sealed cookie, so it needs no storage here, and no browser can name the interactions of another.
 */
export function limitOpenInteractions({ config, sealing }: Needs<'config' | 'sealing'>) {
  const { names, long } = cookies(config)

  function read(ctx: KoaContextWithOIDC): string[] {
    try {
      return sealing.open(ctx.cookies.get(names.open, { signed: false }) ?? '', SEALED).split(' ')
    } catch {
      return []
    }
  }

  return (ctx: KoaContextWithOIDC, uid: string): void => {
    const open = [...read(ctx), uid]
    const unit = unitOf(ctx)
    for (const oldest of open.splice(0, open.length - MAX_INTERACTIONS)) unit.drop('Interaction', oldest)
    ctx.cookies.set(names.open, sealing.seal(open.join(' '), SEALED), { ...long, maxAge: INTERACTION * 1000 })
  }
}
