import type { App } from '../../src/app.ts'
import type { Actor } from '../../src/base/actor.ts'

interface Typed {
  email: string
  password: string
  devices?: readonly string[]
}

/** The way of somebody who has no second factor, from their password to being known here; without the protocol around it. */
export async function comeIn(
  { signIn, knownBrowsers: devices, completedSignIns: arrivals }: App,
  { devices: tokens = [], ...typed }: Typed,
  { by, target = null }: { by: Actor; target?: string | null },
) {
  const { account } = await signIn.withPassword({ ...typed, devices: tokens }, { by, target })
  const device = await devices.find(account, tokens)
  return { account, devices: await arrivals.record(account, { browserTokens: tokens, browser: device, by, target }) }
}
