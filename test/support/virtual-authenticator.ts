import type { CDPSession, Page } from 'playwright-core'

export interface AuthenticatorOptions {
  /** Whether it is built into the device, or a roaming one. */
  transport?: 'internal' | 'usb'
  /** Whether its keys can be synced to other devices. */
  synced?: boolean
}

/** A credential it holds, as the DevTools protocol returns it. */
export interface HeldCredential {
  credentialId: string
  signCount: number
}

/** An authenticator that Chromium takes for a real one (WebAuthn section 11), with a person who always approves. */
export class VirtualAuthenticator {
  readonly #session: CDPSession
  readonly #id: string

  private constructor(session: CDPSession, id: string) {
    this.#session = session
    this.#id = id
  }

  static async plugInto(
    page: Page,
    { transport = 'internal', synced = false }: AuthenticatorOptions = {},
  ): Promise<VirtualAuthenticator> {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable')
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport,
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        defaultBackupEligibility: synced,
        defaultBackupState: synced,
      },
    })
    return new VirtualAuthenticator(session, authenticatorId)
  }

  async held(): Promise<HeldCredential[]> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id })
    return credentials
  }

  /** From now on user verification fails. */
  async refuseVerification(): Promise<void> {
    await this.#session.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified: false })
  }

  /** From now on it does not confirm user presence, as if no one touched it. */
  async withholdPresence(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: false })
  }

  /** From now on it confirms user presence at once. */
  async confirmPresence(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: true })
  }

  /** Behaves like a copy of it that was made when the signature counter had this value. */
  async resetCounter(signCount: number): Promise<void> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id })
    const [credential] = credentials
    if (!credential) throw new Error('it holds no credential')
    await this.#session.send('WebAuthn.removeCredential', {
      authenticatorId: this.#id,
      credentialId: credential.credentialId,
    })
    await this.#session.send('WebAuthn.addCredential', {
      authenticatorId: this.#id,
      credential: { ...credential, signCount },
    })
  }

  async unplug(): Promise<void> {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id })
  }
}
