import { generateSecret, generateURI, verify } from 'otplib'
import { renderSVG } from 'uqr'
import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput } from '../../base/refusals.ts'
import { normalizeDigits } from '../../base/text/typed-codes.ts'
import { Totp } from './totp.ts'

/** What a person needs to add an app. */
export interface Proposal {
  /** Encrypted; carries the secret through the form to `confirm`. */
  proposal: string
  /** The secret in base32, in groups of four, for people who type it. */
  secret: string
  /** `otpauth://totp/…`, the content of the QR code. */
  uri: string
  /** A QR code, black on white, without styles. */
  svg: string
}

/** Supported by every app: HMAC-SHA-1 (which collisions of SHA-1 do not affect), six digits, 30 seconds. */
const STEP = 30
const SEED_BYTES = 20

/** Milliseconds that a person may take from the QR code to the first code. */
const PROPOSAL_TTL_MS = 15 * 60 * 1000

/** The purposes for which secrets and proposals are encrypted. */
const SEED = 'totp'
const PROPOSAL = 'totp proposal'

/**
 * Authenticator apps (TOTP, RFC 6238), one per account. A secret is stored once its app has shown a right code. Codes
 * of the previous and the next time step are accepted too. Each step is accepted once, across all processes.
 */
export class Totps {
  readonly #app
  readonly #host: string

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'config'>) {
    this.#app = app
    this.#host = new URL(app.config.issuer).hostname
  }

  /** Makes a new secret, which is not stored before `confirm`. */
  propose(account: Account): Proposal {
    const seed = generateSecret({ length: SEED_BYTES })
    const sealed: SealedProposal = { account: account.id, seed, at: this.#app.clock.now().getTime() }
    return this.#shown(account, seed, this.#app.sealing.sealJson(sealed, PROPOSAL))
  }

  /**
   * Shows the same secret again if the form had a mistake, because an app may have scanned it. Makes a new one if there
   * is none or it is too old.
   */
  proposeAgain(account: Account, proposal: string | undefined): Proposal {
    const opened = proposal === undefined ? null : this.#opened(account, proposal)
    return opened && proposal ? this.#shown(account, opened.seed, proposal) : this.propose(account)
  }

  /**
   * Stores the secret, replacing that of an earlier app. The code that confirmed it cannot be used again.
   * @throws InvalidInput `code: 'wrong' | 'expired'`; a proposal that is older than the current app has expired too
   */
  async confirm(account: Account, proposal: string, code: string, { by }: { by: Actor }): Promise<void> {
    const opened = this.#opened(account, proposal)
    if (!opened) throw expired()
    const { seed, at } = opened
    const step = await this.#stepOf(seed, code)
    if (step === null) throw new InvalidInput({ code: 'wrong' }, 'code: wrong code')
    const sealed = this.#app.sealing.seal(seed, SEED)
    await this.#app.atomically(async () => {
      const stored = await this.#app.em.execute(STORE, [account.id, sealed, step, this.#app.clock.now(), new Date(at)])
      if (stored.length === 0) throw expired()
      this.#app.audit.record('factor.totp-added', { by, subject: account.id })
    })
  }

  /** Null if there is none. */
  async of(account: Account): Promise<{ addedAt: Date; lastUsedAt: Date | null } | null> {
    const totp = await this.#app.em.findOne(Totp, { account }, { disableIdentityMap: true })
    return totp && { addedAt: totp.addedAt, lastUsedAt: totp.lastUsedAt ?? null }
  }

  /**
   * Whether it is a current code that was not used before. If a code is sent twice at once, even to different
   * processes, only one succeeds.
   * @param addedBy an app that was added after this moment is not accepted
   */
  async verify(account: Account, code: string, { addedBy }: { addedBy?: Date } = {}): Promise<boolean> {
    const which = { account, ...(addedBy && { addedAt: { $lte: addedBy } }) }
    const totp = await this.#app.em.findOne(Totp, which, { disableIdentityMap: true })
    if (!totp) return false
    const step = await this.#stepOf(this.#app.sealing.open(totp.sealed, SEED), code)
    if (step === null) return false
    // The app may have been replaced meanwhile, so the secret has to be the same.
    const unspent = { account, sealed: totp.sealed, lastStep: { $lt: step } }
    return (await this.#app.em.nativeUpdate(Totp, unspent, { lastStep: step, lastUsedAt: this.#app.clock.now() })) === 1
  }

  /** Does nothing if there is none. */
  async remove(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically(async () => {
      if ((await this.#app.em.nativeDelete(Totp, { account })) === 0) return
      this.#app.audit.record('factor.totp-removed', { by, subject: account.id })
    })
  }

  #shown(account: Account, seed: string, proposal: string): Proposal {
    const uri = generateURI({ issuer: this.#host, label: account.email, secret: seed })
    const svg = renderSVG(uri, { border: 4, pixelSize: 1 })
    return { proposal, secret: seed.match(/.{4}/g)!.join(' '), uri, svg }
  }

  /** Null if Gatehouse did not make it, it is another account's, or it is too old. */
  #opened(account: Account, proposal: string): SealedProposal | null {
    const opened = this.#app.sealing.openJson<SealedProposal>(proposal, PROPOSAL)
    const fits = opened?.account === account.id && this.#app.clock.now().getTime() - opened.at <= PROPOSAL_TTL_MS
    return fits ? opened : null
  }

  /** The time step of a code, if it is the current one, the previous or the next. */
  async #stepOf(seed: string, code: string): Promise<number | null> {
    const token = normalizeDigits(code)
    if (!/^\d{6}$/.test(token)) return null
    const now = epoch(this.#app.clock.now())
    const found = await verify({ secret: seed, token, epoch: now, epochTolerance: STEP })
    return found.valid ? Math.floor(now / STEP) + found.delta : null
  }
}

interface SealedProposal {
  account: string
  seed: string
  /** Milliseconds since the epoch. */
  at: number
}

/** Replaces only an app that was there when the new one was proposed, so a proposal that is sent twice adds one app. */
const STORE = `
  insert into totp (account_id, sealed, last_step, added_at) values (?, ?, ?, ?)
  on conflict (account_id) do update
    set sealed = excluded.sealed, last_step = excluded.last_step, added_at = excluded.added_at,
      last_used_at = null
    where totp.added_at < ?
  returning account_id`

function expired(): InvalidInput {
  return new InvalidInput({ code: 'expired' }, 'code: expired; start again')
}
