import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import type { Io } from '../kit/io.ts'

/** What all ways of serving share. */
export interface Serving {
  config: Config
  io: Io
  json: boolean
  log: Logger
  tell: (text: string) => void
  /** Resolves when the process is asked to stop. */
  stop: Promise<void>
}
