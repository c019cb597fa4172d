import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Needs } from '../base/nouns.ts'
import { KeyNotListed } from '../base/sealing.ts'
import { type AuditKeyPayload, type OpenAuditKey, opened } from './open-audit-key.ts'
import { storedAnchor } from './stored-tip.ts'
import { type Anchor, firstTip } from './tip.ts'

const PURPOSE = 'audit key'
const KEPT_BEFORE = `
  select exists(select from audit_link) or exists(select from audit_tip) or exists(select from audit_head)
    or exists(select from audit_event where mac is not null) as kept`

/** The key is missing or was exchanged although something was proven with it. */
export class AuditKeyLost extends Error {}

/**
 * The key of the audit trail: one for the life of the installation, sealed with SECRET_KEYS, and sealed again when the newest
 * of them changes. It also contains which events earlier releases had written, so that SQL alone cannot change that.
 */
export class AuditKey {
  readonly #app
  #open: OpenAuditKey | null = null
  #anchor: Anchor | null = null

  constructor(app: Needs<'atomically' | 'em' | 'sealing' | 'clock' | 'database' | 'log'>) {
    this.#app = app
  }

  /** The key of this process; null if it is lost, and nothing can be proven. */
  get opened(): OpenAuditKey | null {
    return this.#open
  }

  /** The last link that this process has seen; null if there is no chain. */
  get anchor(): Anchor | null {
    return this.#anchor
  }

  /** Remembers a link that is committed. An older one never replaces a newer one, so that restoring an older state shows. */
  saw({ seq, link }: Anchor): void {
    if (!this.#anchor || seq > this.#anchor.seq) this.#anchor = { seq, link }
  }

  /**
   * Opens the key, and makes it at the first start. Without a key that can be opened, which is logged, the process goes on and
   * proves nothing: who can write SQL must not be able to stop it by that, nor `gatehouse audit verify`, which says why.
   */
  async start(): Promise<void> {
    try {
      if (!(await this.#stored())) await this.#make()
      this.#open = await this.read()
      await this.#sealAgain()
      this.#anchor = await storedAnchor(this.#app.em, this.#open)
    } catch (error) {
      if (!(error instanceof AuditKeyLost || error instanceof KeyNotListed)) throw error
      this.#open = null
      this.#app.log.error(
        { reason: error.message },
        'the audit trail is not proven any more: see gatehouse audit verify',
      )
    }
  }

  /**
   * The key as it is stored now.
   * @throws AuditKeyLost if it is missing or was altered; KeyNotListed if SECRET_KEYS lacks the key that it is sealed with
   */
  async read(): Promise<OpenAuditKey> {
    const stored = await this.#stored()
    if (!stored) throw new AuditKeyLost('the audit key is missing')
    const key = this.#unseal(stored.sealed)
    if (key.id !== stored.id) throw new AuditKeyLost('the audit key was altered')
    return key
  }

  #unseal(sealed: string): OpenAuditKey {
    if (!/^v1\.[\w-]{8}\.[\w-]+$/.test(sealed)) throw new AuditKeyLost('the audit key was altered')
    try {
      return opened(JSON.parse(this.#app.sealing.open(sealed, PURPOSE)))
    } catch (error) {
      throw error instanceof KeyNotListed ? error : new AuditKeyLost('the audit key was altered')
    }
  }

  async #stored(): Promise<{ id: string; sealed: string } | undefined> {
    const [row] = await this.#app.em.execute<{ id: string; sealed: string }[]>('select id, sealed from audit_key')
    return row
  }

  /** Several processes may do so at once; one of them wins. @throws AuditKeyLost if there was one before */
  async #make(): Promise<void> {
    const { em, sealing, clock, database, log } = this.#app
    const { privateKey } = await promisify(generateKeyPair)('ed25519', {})
    await database.withoutTimeLimits(() =>
      this.#app.atomically(async () => {
        await em.execute('lock table audit_key in share row exclusive mode')
        if (await this.#stored()) return
        const [before] = await em.execute<{ kept: boolean }[]>(KEPT_BEFORE)
        if (before?.kept) throw new AuditKeyLost('the audit key is missing')
        const [newest] = await em.execute<{ id: string }[]>('select id from audit_event order by id desc limit 1')
        const payload: AuditKeyPayload = {
          mac: randomBytes(32).toString('base64url'),
          signing: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url'),
          bound: newest?.id ?? null,
          began: clock.now().toISOString(),
        }
        const key = opened(payload)
        await em.execute('insert into audit_key (id, sealed, created_at) values (?, ?, ?)', [
          key.id,
          sealing.seal(JSON.stringify(payload), PURPOSE),
          clock.now(),
        ])
        const tip = firstTip(key)
        await em.execute(
          `insert into audit_tip (seq, link, adopted_to, adopted, mac) values (0, decode(?, 'hex'), null, 0, decode(?, 'hex'))`,
          [tip.link, tip.mac],
        )
        if (newest)
          log.warn(
            { key: key.id },
            'a new chain of audit events begins; this is only right at the first start of this release',
          )
        else log.debug({ key: key.id }, 'the chain of audit events begins, with none so far')
      }),
    )
  }

  async #sealAgain(): Promise<void> {
    const { em, sealing } = this.#app
    const stored = await this.#stored()
    if (!stored || sealing.isNewest(stored.sealed)) return
    const sealed = sealing.seal(sealing.open(stored.sealed, PURPOSE), PURPOSE)
    await em.execute('update audit_key set sealed = ? where sealed = ?', [sealed, stored.sealed])
  }
}
