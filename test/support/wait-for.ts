import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two looks: soon at first, then longer, since a look may cost the database as much as the work. */
const FIRST = 25
const LONGEST = 250

/** Waits until `look` finds something that happens in the background. @throws Error after that many seconds */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  { seconds = 120, what = () => 'it has not happened' }: { seconds?: number; what?: () => string } = {},
): Promise<NonNullable<T>> {
  let pause = FIRST
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(pause)) {
    const found = await look()
    if (found) return found
    pause = Math.min(pause * 1.25, LONGEST)
  }
  throw new Error(`after ${seconds} s: ${what()}`)
}
