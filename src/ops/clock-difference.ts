/** Seconds by which two clocks may differ before it is told: signatures and codes live minutes. */
const TOLERATED = 2

/**
 * By how many seconds the clock of a store is ahead of ours (negative: behind), at least: what the way to the store may
 * have taken is in its favour.
 * @param asked,answered milliseconds of our clock around the question
 */
export function ahead(store: Date, { asked, answered }: { asked: number; answered: number }): number {
  const time = store.getTime()
  const milliseconds = time < asked ? time - asked : time > answered ? time - answered : 0
  return Math.round(milliseconds / 100) / 10
}

/** What to tell, where there is something. */
export function clockTrouble(store: string, seconds: number): string | null {
  if (Math.abs(seconds) <= TOLERATED) return null
  return `the clock of ${store} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the clock of this machine`
}
