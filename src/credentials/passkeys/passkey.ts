import { defineEntity, type Opt, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'
import { cleanName } from '../../accounts/accounts.ts'
import { InvalidInput } from '../../base/refusals.ts'

const PASSKEY_NAME_MAXIMUM = 60

const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkey',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    /** The id that the authenticator chose, base64url. */
    credentialId: p.text().unique(),
    /** COSE_Key (RFC 9052 section 7), base64url. */
    publicKey: p.text(),
    /** The signature counter that the authenticator reports; 0 if it has none, as in synced passkeys. */
    counter: p.bigint('number'),
    /** How browsers reach the authenticator: `internal`, `hybrid`, `usb`, … */
    transports: p.array(),
    /** The model of the authenticator; zeros if it does not say. */
    aaguid: p.uuid(),
    /** Whether it may be copied to other devices of its owner (flag BE); never changes. */
    backupEligible: p.boolean(),
    /** Whether it is backed up now (flag BS). */
    backedUp: p.boolean(),
    name: p.text(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/**
 * A key in a person's device, security key or password manager (WebAuthn Level 3). Each is discoverable and verified
 * its user when it was made, so it is sufficient to sign in.
 */
export class Passkey extends PasskeySchema.class {
  /** Whether it is available on other devices of its owner. If not, it is lost with its device. */
  get synced(): Opt<boolean> {
    return this.backupEligible
  }

  summary() {
    return {
      id: this.id,
      name: this.name,
      synced: this.synced,
      createdAt: this.createdAt,
      lastUsedAt: this.lastUsedAt ?? null,
    }
  }
}

PasskeySchema.setClass(Passkey)

/** @returns null if the cleaned name is empty @throws InvalidInput `name: 'too-long'` */
export function cleanPasskeyName(name: string | undefined): string | null {
  const cleaned = cleanName(name)
  if (cleaned && cleaned.length > PASSKEY_NAME_MAXIMUM) throw new InvalidInput({ name: 'too-long' })
  return cleaned
}
