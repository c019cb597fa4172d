import type { BackchannelLogout } from './backchannel-logout-queue.ts'
import type { Sessions } from './sessions.ts'

/** Browser sessions, and the applications that are notified when one ends. */
declare module '../base/nouns.ts' {
  interface Nouns {
    backchannelLogout: BackchannelLogout
    sessions: Sessions
  }
}
