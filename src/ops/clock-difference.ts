/** Seconds by which two clocks may differ without a warning; signatures and codes are valid for minutes. */
const TOLERATED = 2

/**
 * The seconds by which the clock of a store is at least ahead of ours; negative if it is behind. A time between request
 * and response counts as no difference, because the latency is unknown.
 * @param asked,answered milliseconds of our clock before the request and after the response
 */
export function secondsAhead(store: Date, { asked, answered }: { asked: number; answered: number }): number {
  const time = store.getTime()
  const milliseconds = time < asked ? time - asked : time > answered ? time - answered : 0
  return Math.round(milliseconds / 100) / 10
}

/** @returns a warning; null if the difference is tolerated */
export function clockProblem(store: string, seconds: number): string | null {
  if (Math.abs(seconds) <= TOLERATED) return null
  return `the clock of ${store} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the clock of this machine`
}
