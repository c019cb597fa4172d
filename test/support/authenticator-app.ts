import { operator } from '../../src/base/actor.ts'
import type { Clock } from '../../src/base/clock.ts'
import { Authenticator } from './authenticator.ts'
import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'

/** Adds an authenticator app to an account, as its page would. @returns the app and its recovery codes */
export async function addApp({ app }: Pick<Gatehouse, 'app'>, accountId: string) {
  return app.scope(async () => {
    const account = await app.accounts.find(accountId)
    const { secret, proposal } = app.totps.propose(account)
    const authenticator = new Authenticator(secret, app.clock)
    const recoveryCodes = await app.factorChanges.addTotp(
      account,
      { proposal, code: authenticator.code() },
      { by: operator },
    )
    return { authenticator, recoveryCodes: recoveryCodes ?? [] }
  })
}

/** An app with the key that the page shows. */
export function scan(browser: Browser, clock: Clock): Authenticator {
  return new Authenticator(browser.document.querySelector('.key code')?.textContent ?? '', clock)
}
