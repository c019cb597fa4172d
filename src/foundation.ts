import type { Needs } from './base/nouns.ts'

/** What exists before the nouns: configuration, storage, limits (app.ts). */
export type Foundation = Needs<
  | 'config'
  | 'clock'
  | 'log'
  | 'outages'
  | 'outbound'
  | 'sealing'
  | 'limits'
  | 'database'
  | 'em'
  | 'atomically'
  | 'changes'
  | 'migrations'
  | 'queue'
  | 'artifacts'
  | 'revocations'
  | 'redis'
  | 'replayMarks'
  | 'unconfirmedResponses'
>
