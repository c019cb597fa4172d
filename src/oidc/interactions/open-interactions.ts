import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { unitOf } from '../provider/current-request.ts'
import { INTERACTION } from '../provider/lifetimes.ts'

/** Interactions that one browser may have open at once: as many tabs as a person may restore. */
const MOST_INTERACTIONS = 24

const SEALED = 'open interactions'

/**
 * Which interactions a browser has open, in a sealed cookie, so that nothing is kept for it here and nobody can name the
 * interactions of another browser. Above the limit the oldest ends.
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

  /** An interaction begins; it is written in the same unit of work in which the oldest is dropped. */
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
