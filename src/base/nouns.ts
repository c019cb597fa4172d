import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Logger } from './log.ts'
import type { Outbound } from './network/outbound.ts'
import type { OutageLog } from './outage-log.ts'
import type { Sealing } from './sealing.ts'

/**
 * Every noun of the product, by the name under which `wired.ts` creates it. Each folder adds its own in its `nouns.ts`,
 * so that a class declares what it needs by name without importing other files.
 */
export interface Nouns {
  config: Config
  clock: Clock
  log: Logger
  outages: OutageLog
  outbound: Outbound
  sealing: Sealing
}

/** What a class needs: `constructor(app: Needs<'em' | 'clock'>)`. */
export type Needs<Name extends keyof Nouns> = Pick<Nouns, Name>
