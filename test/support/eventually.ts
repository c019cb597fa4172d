import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `holds` is true, for what another process or connection does; false if it is not within the seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, seconds = 120): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
    if (await holds()) return true
  }
  return holds()
}
