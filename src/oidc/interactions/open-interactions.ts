import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { unitOf } from '../provider/current-request.ts'
import { INTERACTION } from '../provider/lifetimes.ts'

/** The most interactions that one browser may have open at once; enough for the tabs that a person may restore. */
const MOST_INTERACTIONS = 24

const SEALED = 'open interactions'

/**
 * Limits the open interactions of a browser; above the limit, the oldest ends.
 * The list is in a sealed cookie, so it needs no storage here, and no browser can name the interactions of another.
 */
export class OpenInteractions {
  readonly #app
  readonly #cookie: string
  readonly #options: object

  constructor(app: Needs<'config' | 'sealing'>) {
    this.#app = app
    this.#cookie = app.config.secure ? '__Host-gatehouse_open' : 'gatehouse_open'
    const { secure } = app.config
    this.#options = { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: false, maxAge: INTERACTION * 1000 }
  }

  /** Adds an interaction that begins. The unit of work that stores it also drops the oldest. */
  begin(ctx: KoaContextWithOIDC, uid: string): void {
    const open = [...this.#read(ctx), uid]
    const unit = unitOf(ctx)
    for (const oldest of open.splice(0, open.length - MOST_INTERACTIONS)) unit.drop('Interaction', oldest)
    ctx.cookies.set(this.#cookie, this.#app.sealing.seal(open.join(' '), SEALED), this.#options)
  }

  #read(ctx: KoaContextWithOIDC): string[] {
    try {
      return this.#app.sealing.open(ctx.cookies.get(this.#cookie, { signed: false }) ?? '', SEALED).split(' ')
    } catch {
      return []
    }
  }
}
