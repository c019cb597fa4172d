import { Begin } from './0001-begin.ts'
import { Mail } from './0002-mail.ts'
import { Lifecycle } from './0003-lifecycle.ts'
import { Devices } from './0004-devices.ts'
import { BackChannel } from './0005-back-channel.ts'
import { Factors } from './0006-factors.ts'
import { Passkeys } from './0007-passkeys.ts'
import { Offers } from './0010-offers.ts'
import { NewestLinks } from './0011-newest-links.ts'
import { SignInLetters } from './0012-sign-in-letters.ts'
import { ClientPolicies } from './0013-client-policies.ts'
import { Federation } from './0014-federation.ts'
import { Readiness } from './0016-readiness.ts'
import { Ended } from './0017-ended.ts'
import { Usernames } from './0020-usernames.ts'
import { FormerPasswords } from './0021-former-passwords.ts'
import { UnconfirmedResponses } from './0022-unconfirmed-responses.ts'
import { RedisBegun } from './0023-redis-begun.ts'

/** All migrations in order. A released migration never changes; a later one corrects it. */
export const migrations = [
  { name: '0001-begin', class: Begin },
  { name: '0002-mail', class: Mail },
  { name: '0003-lifecycle', class: Lifecycle },
  { name: '0004-devices', class: Devices },
  { name: '0005-back-channel', class: BackChannel },
  { name: '0006-factors', class: Factors },
  { name: '0007-passkeys', class: Passkeys },
  { name: '0010-offers', class: Offers },
  { name: '0011-newest-links', class: NewestLinks },
  { name: '0012-sign-in-letters', class: SignInLetters },
  { name: '0013-client-policies', class: ClientPolicies },
  { name: '0014-federation', class: Federation },
  { name: '0016-readiness', class: Readiness },
  { name: '0017-ended', class: Ended },
  { name: '0020-usernames', class: Usernames },
  { name: '0021-former-passwords', class: FormerPasswords },
  { name: '0022-unconfirmed-responses', class: UnconfirmedResponses },
  { name: '0023-redis-begun', class: RedisBegun },
]
