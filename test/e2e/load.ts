import { setTimeout as pause } from 'node:timers/promises'
import * as oidc from 'openid-client'
import { Browser } from '../support/browser.ts'
import type { Application, Credentials } from './application.ts'

const TO_STAY = { scope: 'openid profile email roles offline_access', prompt: 'consent' }

/** A person who keeps using an application: a signed-in browser, and the application's refresh token. */
export class Visitor {
  readonly #application: Application
  readonly #person: Credentials
  readonly #browser: Browser
  #refreshToken: string

  private constructor(application: Application, person: Credentials, browser: Browser, refreshToken: string) {
    this.#application = application
    this.#person = person
    this.#browser = browser
    this.#refreshToken = refreshToken
  }

  static async arrive(application: Application, home: string, person: Credentials): Promise<Visitor> {
    const browser = new Browser(home)
    const tokens = await application.visit(browser, person, TO_STAY)
    return new Visitor(application, person, browser, tokens.refresh_token ?? '')
  }

  /** Refreshes once; if the response is lost, the next call presents the same token again. */
  async refresh(): Promise<string> {
    const tokens = await oidc.refreshTokenGrant(this.#application.configuration, this.#refreshToken)
    this.#refreshToken = tokens.refresh_token ?? ''
    return tokens.id_token ?? ''
  }

  /** Signs in with the session, without showing a page. @returns the sub */
  async signInSilently(): Promise<string | undefined> {
    const tokens = await this.#application.visit(this.#browser, this.#person, { prompt: 'none' })
    return tokens.claims()?.sub
  }

  /** Signs in once more, in another browser. */
  async signInElsewhere(home: string): Promise<string | undefined> {
    return (await this.#application.visit(new Browser(home), this.#person)).claims()?.sub
  }
}

export interface Tally {
  done: number
  failed: string[]
}

/** Repeats the work until it is stopped, and counts failures. */
export function keepDoing(work: () => Promise<unknown>, tally: Tally): { stop: () => Promise<void> } {
  let running = true
  const loop = async () => {
    while (running) {
      try {
        await work()
        tally.done += 1
      } catch (error) {
        tally.failed.push(error instanceof Error ? error.message : String(error))
      }
      await pause(10)
    }
  }
  const ended = loop()
  return {
    stop() {
      running = false
      return ended
    },
  }
}
