/** The time; injected so that tests can move it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Seconds since the epoch, as the protocol counts (NumericDate, RFC 7519 section 2). */
export function epoch(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
