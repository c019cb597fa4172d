import type { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import type { LastAnswers } from './last-answers.ts'

const LONGEST_REQUEST_MS = 10_000
const SWEEP_MS = 100

/** A turn of the event loop in which next to nothing happened, and how many are waited for at most. */
const QUIET_MS = 0.5
const TURNS = 200

/**
 * Takes no connection any more, and ends those that there are without losing a request. Each is answered once more, and
 * told that it was the last time. A connection that only waits for the next request stays open for a while: a proxy may be
 * sending one just now. It has to give such connections up first (`keepalive_timeout` in nginx/gatehouse.conf.template).
 * @param idleTimeout seconds
 */
export async function drain(
  http: HttpServer,
  { lastAnswers, idleTimeout }: { lastAnswers: LastAnswers; idleTimeout: number },
): Promise<void> {
  await quiet()
  // http.Server would close those that wait as well.
  const closed = new Promise<void>(resolve => NetServer.prototype.close.call(http, () => resolve()))
  lastAnswers.begin()
  const deadline = setTimeout(() => http.closeAllConnections(), Math.max(LONGEST_REQUEST_MS, 1000 * idleTimeout))
  await Promise.race([closed, pause(1000 * idleTimeout, undefined, { ref: false })])
  http.closeIdleConnections()
  const sweep = setInterval(() => http.closeIdleConnections(), SWEEP_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}

/**
 * A connection that the system has accepted and this process has not is reset when the listening socket closes. At the end of a
 * turn of the event loop there is none but those of that turn: so a short one is waited for.
 */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < TURNS; turns += 1) {
    const began = performance.now()
    await turn()
    if (performance.now() - began < QUIET_MS) return
  }
}
