import { availableParallelism } from 'node:os'
import type { Values } from './settings.ts'

/** How much one process does at once for people who sign in, and how much of it may wait. */
export interface CrowdLimits {
  passwordHashing: { memory: number; passes: number; parallelism: number; concurrency: number; queue: number }
  /** Requests by which people sign in: worked on at once; waiting, of each kind. */
  signInQueue: { atOnce: number; waiting: number }
}

/** Of the requests by which people sign in, beside those that wait for a hash. */
const AT_ONCE = 8

/** Connections to the database that they leave to all others. */
const LEFT = 2

/** Behind each hash that is computed. */
const QUEUE = 32

export function crowdLimitsFrom({ PASSWORD_HASHING, WORKERS, DATABASE_CONNECTIONS }: Values): CrowdLimits {
  const concurrency = Math.max(1, Math.floor(availableParallelism() / WORKERS))
  const queue = QUEUE * concurrency
  const besides = Math.max(1, Math.min(AT_ONCE, DATABASE_CONNECTIONS - LEFT))
  return {
    passwordHashing: { ...PASSWORD_HASHING, concurrency, queue },
    signInQueue: { atOnce: concurrency + besides, waiting: queue },
  }
}
