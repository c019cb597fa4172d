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
    /** As the authenticator chose it, base64url. */
    credentialId: p.text().unique(),
    /** COSE_Key (RFC 9052 section 7), base64url. */
    publicKey: p.text(),
    /** How often it has signed, as it says itself; 0 where it does not count, as those that are synced. */
    counter: p.bigint('number'),
    /** How browsers reach it: `internal`, `hybrid`, `usb`, … */
    transports: p.array(),
    /** The model of the authenticator; zeros where it does not say. */
    aaguid: p.uuid(),
    /** Whether it may be copied to other devices of its owner (the flag BE); never changes. */
    backupEligible: p.boolean(),
    /** Whether it is (the flag BS). */
    backedUp: p.boolean(),
    name: p.text(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/**
 * A key that lives in somebody's device, security key or password manager (WebAuthn Level 3). Each is discoverable and
 * has checked its person when it was made: it is enough to sign in.
 */
export class Passkey extends PasskeySchema.class {
  /** Whether it follows its owner to other devices; else it is lost with its device. */
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

/** @returns null where nothing is left of it @throws InvalidInput `name: 'too-long'` */
export function cleanPasskeyName(name: string | undefined): string | null {
  const cleaned = cleanName(name)
  if (cleaned && cleaned.length > PASSKEY_NAME_MAXIMUM) throw new InvalidInput({ name: 'too-long' })
  return cleaned
}
