import { setTimeout as sleep } from 'node:timers/promises'

/** Detects hanging only: even a busy machine never needs this long. @throws Error after that many seconds */
export async function settles<T>(work: Promise<T>, seconds = 120): Promise<T> {
  const done = new AbortController()
  const hanging = sleep(1000 * seconds, undefined, { signal: done.signal }).then(() => {
    throw new Error(`it hangs: nothing happened for ${seconds} s`)
  })
  hanging.catch(() => {})
  return Promise.race([work, hanging]).finally(() => done.abort())
}
