import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for what another process or connection does in its own time; false if it has not come within the seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, seconds = 120): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
    if (await holds()) return true
  }
  return holds()
}
