import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { orNull, WrongCredentials } from '../../base/refusals.ts'
import type { RequestOptions } from '../../credentials/passkeys/webauthn.ts'
import type { ChallengeOptions } from '../../credentials/passkeys/webauthn-challenges.ts'
import type { Limit } from '../../limits/limit.ts'
import type { AccountLink } from '../../links/one-time-link.ts'

/** What a former owner can present in addition to the link. */
interface OwnerProofs {
  password: boolean
  totp: boolean
  passkey: ChallengeOptions<RequestOptions> | null
  /** Whether this browser has requested an emailed code that still works. */
  codeSent: boolean
}

/** What the person presents. */
export type OwnerProof =
  | { method: 'password'; password: string }
  | { method: 'totp'; code: string }
  | { method: 'passkey'; challengeToken: string; response: string }
  | { method: 'email-code'; code: string; browser: string }

/**
 * Checks that a person had the account before its email changed. They prove it with what the account had then: its
 * password (also one that was replaced in the week before, or since: credentials/passwords/passwords.ts), an authenticator
 * app or a passkey. What was added after the change is not accepted, because a thief may have added it. A person who has
 * none of these gets a code at the old address, which works for minutes in the browser that requested it. Before the change
 * access to that mailbox was enough for a new password too; older second factors stay and are asked for at the next sign-in.
 *
 * Attempts are limited by IP address and by link, so without the link no one can use up the attempts.
 */
export class FormerOwner {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'linkCodes'
      | 'passwords'
      | 'totps'
      | 'passkeys'
      | 'passkeyAuthentication'
      | 'emails'
      | 'limits'
      | 'audit'
      | 'log'
    >,
  ) {
    this.#app = app
  }

  async proofs(
    { account, address, createdAt: at }: AccountLink,
    { browser }: { browser: string },
  ): Promise<OwnerProofs> {
    const app = await this.#app.totps.of(account)
    const passkeys = (await this.#app.passkeys.of(account)).filter(({ createdAt }) => createdAt <= at)
    return {
      password: await this.#app.passwords.hadAt(account, at),
      totp: app !== null && app.addedAt <= at,
      passkey: passkeys.length > 0 ? await this.#app.passkeyAuthentication.options(account, passkeys) : null,
      codeSent: await this.#app.linkCodes.awaited('undo-email-change-code', account, { browser, address }),
    }
  }

  /** An earlier code stays valid, because a person may find either of two emails first. @throws TooManyAttempts */
  async sendCode(
    { digest: id, account, address }: AccountLink,
    token: string,
    { by, browser }: { by: Actor; browser: string },
  ): Promise<void> {
    await this.#app.emails.takeLimits(address, { by })
    const { code, digest } = this.#app.linkCodes.make('undo-email-change-code', [id, browser])
    await this.#app.atomically(async () => {
      this.#app.audit.record('email.undo-code-requested', { by, subject: account.id })
      await this.#app.emails.link('undo-email-change-code', account, { to: address, browser, code: digest })
      await this.#app.emails.send('undo-email-change-code', account, { by, to: address, token, code })
    })
  }

  /** @throws WrongCredentials, TooManyAttempts, Busy; InvalidInput if the passkey challenge has expired */
  async check(link: AccountLink, proof: OwnerProof, { by }: { by: Actor }): Promise<void> {
    const limits = this.#limits(link, proof, { by })
    // In this order: an IP address without attempts left uses up none of the link's.
    for (const { limit, key } of limits) await limit.take(key)
    if (!(await this.#verify(link, proof, { by }))) {
      const reason = `wrong-${proof.method}` as const
      await this.#app.audit.write('email.undo-refused', { by, subject: link.account.id, reason })
      throw new WrongCredentials()
    }
    for (const { limit, key } of limits) limit.refundLater(key, this.#app.log)
  }

  #limits({ digest: id }: AccountLink, { method }: OwnerProof, { by }: { by: Actor }): { limit: Limit; key: string }[] {
    const { signInByIp, signInByAccount, secondFactorByAccount, passkeyByIp, secondPasskeyByAccount } = this.#app.limits
    const [byIp, byLink] =
      method === 'passkey'
        ? [passkeyByIp, secondPasskeyByAccount]
        : [signInByIp, method === 'totp' ? secondFactorByAccount : signInByAccount]
    return [
      { limit: byIp, key: network(by.ip) },
      { limit: byLink, key: `undo-email-change:${id}` },
    ]
  }

  async #verify(
    { digest: id, account, address, createdAt: at }: AccountLink,
    proof: OwnerProof,
    { by }: { by: Actor },
  ): Promise<boolean> {
    switch (proof.method) {
      case 'password':
        return this.#app.passwords.verifyAt(account, at, proof.password)
      case 'totp':
        return this.#app.totps.verify(account, proof.code, { addedBy: at })
      case 'passkey': {
        const { challengeToken, response } = proof
        const sent = { challengeToken, response, account, addedBy: at }
        return (await orNull(WrongCredentials, this.#app.passkeyAuthentication.verify(sent, { by }))) !== null
      }
      case 'email-code': {
        const { browser, code } = proof
        const typed = { browser, binding: [id, browser], code, address, since: at }
        return this.#app.linkCodes.spend('undo-email-change-code', account, typed)
      }
    }
  }
}
