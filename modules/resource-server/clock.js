/** @type {import('./types.d.ts').Clock} */
export const systemClock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, milliseconds)
      timer.unref()
      signal?.addEventListener('abort', done, { once: true })
      function done() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
    }),
}

/** @param {import('./types.d.ts').Clock} clock @returns epoch seconds */
export function epoch(clock) {
  return Math.floor(clock.now() / 1000)
}
