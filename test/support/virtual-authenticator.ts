import type { CDPSession, Page } from 'playwright-core'

export interface Made {
  /** Whether it sits in the device, or is plugged in. */
  transport?: 'internal' | 'usb'
  /** Whether its keys may be copied to other devices. */
  synced?: boolean
}

/** What it holds, as the DevTools protocol tells it. */
export interface Held {
  credentialId: string
  signCount: number
}

/** An authenticator that Chromium believes to be real (WebAuthn section 11), with a person who always says yes. */
export class VirtualAuthenticator {
  readonly #session: CDPSession
  readonly #id: string

  private constructor(session: CDPSession, id: string) {
    this.#session = session
    this.#id = id
  }

  static async plugInto(
    page: Page,
    { transport = 'internal', synced = false }: Made = {},
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

  async held(): Promise<Held[]> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id })
    return credentials
  }

  /** From now on its finger sensor knows nobody. */
  async forgetPerson(): Promise<void> {
    await this.#session.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified: false })
  }

  /** Nobody touches it. */
  async leaveAlone(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: false })
  }

  /** Somebody touches it again whenever it asks. */
  async touch(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: true })
  }

  /** What a copy of it does that was made when its only key had been used so often. */
  async turnBack(signCount: number): Promise<void> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id })
    const [credential] = credentials
    if (!credential) throw new Error('it holds no key')
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
