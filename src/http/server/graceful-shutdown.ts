import type { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import type { LastAnswers } from './last-answers.ts'

const LONGEST_REQUEST_MS = 10_000
const SWEEP_MS = 100

/** A turn of the event loop shorter than this is idle; `quiet` waits for one for at most `TURNS` turns. */
const QUIET_MS = 0.5
const TURNS = 200

/**
 * Stops accepting connections, and closes the open ones without losing a request. The next response on each connection
 * says that it is the last. An idle connection stays open for `idleTimeout`, since a proxy may be sending a request on it;
 * the proxy must have the shorter timeout (`keepalive_timeout` in nginx/gatehouse.conf.template).
 * @param idleTimeout seconds
 */
export async function drain(
  http: HttpServer,
  { lastAnswers, idleTimeout }: { lastAnswers: LastAnswers; idleTimeout: number },
): Promise<void> {
  await quiet()
  // `close` of http.Server would close idle connections as well.
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
 * Waits for a short turn of the event loop. Closing the listening socket resets connections that the kernel has accepted
 * and this process has not; at the end of a turn, these are only the ones that came in during that turn.
 */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < TURNS; turns += 1) {
    const began = performance.now()
    await turn()
    if (performance.now() - began < QUIET_MS) return
  }
}
