import { randomUUID } from 'node:crypto'
import type { Account } from '../../src/accounts/account.ts'
import type { Actor } from '../../src/base/actor.ts'
import type { EmailKind } from '../../src/email/kinds.ts'
import { AddressUnverified } from '../../src/login/sign-in.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { queuedEmails } from '../support/queued-emails.ts'

/** Operations that many tests of accounts use. */
export class TestAccounts {
  readonly gatehouse: Gatehouse

  constructor(gatehouse: Gatehouse) {
    this.gatehouse = gatehouse
  }

  get app() {
    return this.gatehouse.app
  }

  /** An address without an account. */
  fresh(name = 'new'): string {
    return `${name}-${randomUUID().slice(0, 8)}@example.org`
  }

  /** Runs work with the account, in one unit of work. */
  with<T>(idOrEmail: string, work: (account: Account) => Promise<T>): Promise<T> {
    return this.app.scope(async () => work(await this.app.accounts.find(idOrEmail)))
  }

  account(idOrEmail: string): Promise<Account> {
    return this.with(idOrEmail, async account => account)
  }

  exists(email: string): Promise<boolean> {
    return this.app.scope(async () => (await this.app.accounts.findByEmail(email)) !== null)
  }

  async signsIn(email: string, password: string): Promise<boolean> {
    try {
      await this.app.scope(() => this.app.signIn.withPassword({ email, password }, { by: stranger() }))
      return true
    } catch {
      return false
    }
  }

  /** Whether the password is right and the sign-in is refused only because the email is not verified. */
  async signsInUnproven(email: string, password: string): Promise<boolean> {
    const attempt = this.app.scope(() => this.app.signIn.withPassword({ email, password }, { by: stranger() }))
    return attempt.then(
      () => false,
      error => error instanceof AddressUnverified,
    )
  }

  /** The kinds of emails to an address, oldest first. */
  async emails(to: string): Promise<EmailKind[]> {
    return (await queuedEmails(this.gatehouse, to)).map(({ kind }) => kind)
  }

  /** The link of the newest email of that kind. */
  async link(to: string, kind: EmailKind): Promise<string> {
    const link = (await queuedEmails(this.gatehouse, to, kind)).at(-1)?.data.link
    if (!link) throw new Error(`no email ${kind} to ${to} has a link`)
    return link
  }

  /** The secret part of that link. */
  async token(to: string, kind: EmailKind): Promise<string> {
    return secret(await this.link(to, kind))
  }

  /** The secrets in the links of all emails of that kind, oldest first. */
  async tokens(to: string, kind: EmailKind): Promise<string[]> {
    return (await queuedEmails(this.gatehouse, to, kind)).map(({ data }) => secret(data.link ?? ''))
  }

  /** The kinds of the audit events, newest first. */
  async history(id: string): Promise<string[]> {
    return (await this.app.scope(() => this.app.audit.of(id))).map(({ kind }) => kind)
  }
}

function secret(link: string): string {
  return link.split('/').at(-1)!
}

let addresses = 0

/** A visitor with an IP address that no other visitor of this test file has. */
export function stranger(): Actor {
  addresses += 1
  return { kind: 'visitor', id: null, ip: `198.51.${addresses >> 8}.${addresses & 255}`, userAgent: 'test' }
}
