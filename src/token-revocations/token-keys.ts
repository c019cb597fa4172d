import { hash } from 'node:crypto'
import type { Needs } from '../base/nouns.ts'
import { Cache } from '../storage/change-feed/cache.ts'
import { sqlOf } from '../storage/database/sql.ts'
import { KEY_BYTES } from './revocation-key.ts'

const OF_CLIENT = `select encode(gatehouse_token_key('client:' || ?::text), 'hex') as key`

const OF_INSTALLATION = `
  select encode(gatehouse_token_key('everyone'), 'hex') as key, encode(secret, 'hex') as secret,
    coalesce(floor(extract(epoch from signed_out_at)), -1)::float8 as "signedOutAt"
  from token_revocation_list`

export interface Installation {
  key: Buffer
  secret: string
  /** Epoch seconds of the last sign-out of everyone: what began until then has ended. -1 if there was none. */
  signedOutAt: number
}

/**
 * The keys under which all access tokens of an application, or of the installation, can be revoked. They are replaced when
 * they are put on the list. The keys of accounts and their consents are read with the account (oidc/people/people.ts).
 */
export class TokenKeys {
  readonly #clients: Cache<Buffer>
  readonly #installation: Cache<Installation>

  constructor({ em, changes }: Needs<'em' | 'changes'>) {
    const read = async <Row extends { key: string }>(text: string, params: string[] = []) => {
      const [row] = await sqlOf(em).query<Row>(text, params)
      return { ...row!, key: Buffer.from(row!.key, 'hex') }
    }
    this.#clients = new Cache({
      ...{ changes, topic: 'client' },
      load: async id => (await read<{ key: string }>(OF_CLIENT, [id])).key,
    })
    this.#installation = new Cache({
      ...{ changes, topic: 'token_key' },
      load: () => read<{ key: string; secret: string; signedOutAt: number }>(OF_INSTALLATION),
    })
  }

  async ofClient(id: string): Promise<Buffer> {
    return (await this.#clients.get(id))!
  }

  /** The key of a consent that was never revoked: as `gatehouse_token_key` of the database derives it. */
  async ofUnrevokedConsent(accountId: string, clientId: string): Promise<Buffer> {
    const { secret } = await this.installation()
    const owner = Buffer.from(`consent:${accountId}:${clientId}`)
    return hash('sha256', Buffer.concat([Buffer.from(secret, 'hex'), owner]), 'buffer').subarray(0, KEY_BYTES)
  }

  async installation(): Promise<Installation> {
    return (await this.#installation.get('everyone'))!
  }
}
