import type { TokenKeys } from './token-keys.ts'
import type { TokenRevocations } from './token-revocations.ts'

/**
 * This folder owns the list of revoked access tokens, which APIs follow that verify tokens by themselves, and the keys under
 * which tokens can be revoked. Most entries are made by triggers of the database (migrations/0012-token-revocations.ts).
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    tokenKeys: TokenKeys
    tokenRevocations: TokenRevocations
  }
}
