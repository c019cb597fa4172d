import type { App } from '../../src/app.ts'
import type { Actor } from '../../src/base/actor.ts'

interface Credentials {
  email: string
  password: string
  browserTokens?: readonly string[]
}

/** Completes a sign-in with a password and no second factor, without the protocol around it. */
export async function signInWithPassword(
  { signIn, knownBrowsers, completedSignIns }: App,
  { browserTokens = [], ...credentials }: Credentials,
  { by, target = null }: { by: Actor; target?: string | null },
) {
  const { account } = await signIn.withPassword({ ...credentials, browserTokens }, { by, target })
  const browser = await knownBrowsers.find(account, browserTokens)
  return { account, browserTokens: await completedSignIns.record(account, { browserTokens, browser, by, target }) }
}
