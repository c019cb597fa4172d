import type { Context } from '../context.ts'
import type { AddressSection } from './address.ts'
import type { AuthenticatorAppSection } from './authenticator-app.ts'
import type { ConnectionsSection } from './connections.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'
import type { PasskeysSection } from './passkeys.ts'
import type { PasswordSection } from './password.ts'
import type { RecoveryCodesSection } from './recovery-codes.ts'
import type { SecurityPage } from './section.ts'
import type { TrustedBrowsersSection } from './trusted-browsers.ts'

/** The password, the address and second factors: what somebody else must not be able to change. */
export class Security {
  readonly #parts: AccountParts
  readonly #sections: SecuritySections

  constructor(parts: AccountParts, sections: SecuritySections) {
    this.#parts = parts
    this.#sections = sections
  }

  async page(ctx: Context, visit: Visit, problems: Partial<SecurityPage> = {}): Promise<void> {
    const { app, frame, show } = this.#parts
    const { password, passkeys, connections, authenticatorApp, recoveryCodes, trustedBrowsers, address } =
      this.#sections
    const account = await app.accounts.find(visit.person.id)
    show(ctx, 'account/security', {
      ...(await frame.around(ctx, visit, 'security')),
      ...(await password.view(account)),
      ...(await passkeys.view(ctx, visit, account)),
      ...(await connections.view(ctx, account)),
      ...address.view(ctx),
      authenticatorApp: await authenticatorApp.view(account),
      recoveryCodes: await recoveryCodes.view(account),
      trustedBrowsers: await trustedBrowsers.view(ctx, account),
      factorResetAt: await app.factorResets.pending(account),
      ...problems,
    })
  }

  /** Nobody has lost their second factors, whoever said so. */
  async keepFactors(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.factorResets.cancel(await app.accounts.find(visit.person.id), { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'security', 'factors-kept')
  }
}

/** What stands on the page, each with a file and a view of its own. */
interface SecuritySections {
  password: PasswordSection
  passkeys: PasskeysSection
  connections: ConnectionsSection
  authenticatorApp: AuthenticatorAppSection
  recoveryCodes: RecoveryCodesSection
  trustedBrowsers: TrustedBrowsersSection
  address: AddressSection
}
