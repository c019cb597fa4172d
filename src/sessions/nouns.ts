import type { BackchannelLogout } from './backchannel-logout.ts'
import type { Sessions } from './sessions.ts'

/**
 * The sessions of browsers, and which applications are notified when one ends.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    backchannelLogout: BackchannelLogout
    sessions: Sessions
  }
}
