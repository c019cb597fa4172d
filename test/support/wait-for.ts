import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `look` finds something that happens in the background. @throws Error after that many seconds */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  { seconds = 120, what = () => 'it has not happened' }: { seconds?: number; what?: () => string } = {},
): Promise<NonNullable<T>> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(25)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`after ${seconds} s: ${what()}`)
}
