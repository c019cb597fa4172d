import type { Needs } from '../base/nouns.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { sqlOf } from '../storage/database/sql.ts'

const KEY = `select encode(gatehouse_token_key(?), 'hex') as key`

const EVERYONE = 'everyone'

/**
 * The keys under which all access tokens of an application, or of the installation, can be revoked. They are replaced when
 * they are put on the list. The keys of accounts are read with the account (oidc/people/people.ts).
 */
export class TokenKeys {
  readonly #app
  readonly #clients: Cache<Buffer>
  readonly #installation: Cache<Buffer>

  constructor(app: Needs<'em' | 'changes'>) {
    this.#app = app
    const { changes } = app
    this.#clients = new Cache({ changes, topic: 'client', load: id => this.#read(`client:${id}`) })
    this.#installation = new Cache({ changes, topic: 'token_key', load: () => this.#read(EVERYONE) })
  }

  ofClient(id: string): Promise<Buffer | null> {
    return this.#clients.get(id)
  }

  ofInstallation(): Promise<Buffer | null> {
    return this.#installation.get(EVERYONE)
  }

  async #read(owner: string): Promise<Buffer> {
    const [row] = await sqlOf(this.#app.em).query<{ key: string }>(KEY, [owner])
    return Buffer.from(row!.key, 'hex')
  }
}
