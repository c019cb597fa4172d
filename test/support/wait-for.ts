import { setTimeout as sleep } from 'node:timers/promises'

/** What happens in the background, and has to be waited for. */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  { seconds = 120, what = () => 'it did not happen' }: { seconds?: number; what?: () => string } = {},
): Promise<NonNullable<T>> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(25)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`after ${seconds} s: ${what()}`)
}
