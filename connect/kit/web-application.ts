import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Connection } from './connection.ts'
import { signIn, signOut, signOutAt } from './pages.ts'
import type { Client } from './provider.ts'

/** What the application knows of the person; nothing while nobody is signed in. */
interface Known {
  /** The ID of the account, where the application knows no email. */
  id?: string
  email?: string
  roles?: string[]
}

type Act = (page: Page) => Promise<unknown>

/** How a person uses the application. What is left out is done at an address. */
export interface Ways {
  connection: Connection
  client: Client
  url: string
  /** Begins to sign in: `/login`. */
  begin?: Act
  /** Reads what the application shows of the person: JSON, at `/`. */
  known?: (page: Page) => Promise<Known>
  /** Begins to sign out, at the application and at Gatehouse: `/logout`. */
  signOut?: Act
  /** What the person does after Gatehouse has returned to the application: nothing. */
  signedOut?: Act
}

/** The checks of a program that signs people in to a web application. Each begins where the one before has ended. */
export class WebApplication {
  readonly #ways: Required<Ways>
  readonly #page: Page

  private constructor(ways: Ways, page: Page) {
    const { url } = ways
    this.#page = page
    this.#ways = {
      begin: () => page.goto(`${url}/login`),
      known: () => json(page, `${url}/`),
      signOut: () => page.goto(`${url}/logout`),
      signedOut: () => page.waitForURL(`${url}/`),
      ...ways,
    }
  }

  static async open(ways: Ways): Promise<WebApplication> {
    return new WebApplication(ways, await ways.connection.open())
  }

  get page(): Page {
    return this.#page
  }

  /** The JSON that the application answers at a path. */
  json<T>(path: string): Promise<T> {
    return json(this.#page, `${this.#ways.url}${path}`)
  }

  known(): Promise<Known> {
    return this.#ways.known(this.#page)
  }

  /** A person signs in, and the application knows who it is and which roles the person has. */
  signsIn(how = ''): Promise<void> {
    const title = ['signs a person in', how, 'with roles'].filter(Boolean).join(', ')
    return this.#ways.connection.check(title, () => this.#signIn())
  }

  /** A role that was taken from the person is gone in the application after the next sign-in. */
  losesRole(how = ''): Promise<void> {
    const { connection } = this.#ways
    const title = ['forgets a role that the person has no longer', how].filter(Boolean).join(', ')
    return connection.check(title, async () => {
      await connection.provider.command('accounts', 'roles', 'remove', connection.person.email, 'editor')
      await this.#page.context().clearCookies()
      const { roles } = await this.#reach()
      assert.deepEqual(roles, ['subscriber'])
    })
  }

  /** At `/refresh` it gets new tokens, and answers with the access tokens before and after. */
  refreshes(): Promise<void> {
    return this.#ways.connection.check('refreshes its tokens', async () => {
      const { before, after } = await this.json<{ before: string; after: string }>('/refresh')
      assert.ok(before && after && before !== after, `${before} became ${after}`)
    })
  }

  /** Signing out of the application signs out at Gatehouse too; afterwards the person signs in again. */
  signsOut(how = ''): Promise<void> {
    const { connection, known, signOut: begin, signedOut: end } = this.#ways
    const page = this.#page
    const title = ['signs the person out at Gatehouse too', how].filter(Boolean).join(', ')
    return connection.check(title, async () => {
      await signOut(page, connection.issuer, { begin: () => begin(page), end: () => end(page) })
      assert.equal(isSignedIn(await known(page)), false)
      await this.#signIn()
    })
  }

  /** Signing out at Gatehouse signs out here, without the browser being involved. */
  isSignedOutByBackChannel(how = ''): Promise<void> {
    const { connection, known } = this.#ways
    const title = ['is signed out by back channel', how].filter(Boolean).join(', ')
    return connection.check(title, async () => {
      assert.ok(isSignedIn(await known(this.#page)), 'the person is not signed in')
      await signOutAt(await this.#page.context().newPage(), connection.issuer)
      const what = () => 'the person is still signed in'
      await waitFor(async () => !isSignedIn(await known(this.#page)), { seconds: 40, what })
    })
  }

  /** @param error what the application shows when Gatehouse refuses its secret */
  showsWrongSecret(error: RegExp): Promise<void> {
    const { connection, client, begin } = this.#ways
    return connection.check('shows an error for a wrong secret, and the log says why', async () => {
      await this.#page.context().clearCookies()
      await connection.provider.command('clients', 'rotate-secret', client.id)
      const since = connection.provider.log.length
      await begin(this.#page)
      await signIn(this.#page, connection.issuer, connection.person)
      await this.#page.getByText(error).first().waitFor()
      await connection.logs(since, client, /the secret is wrong/)
    })
  }

  async #signIn(): Promise<void> {
    const { roles } = await this.#reach()
    assert.ok(roles?.includes('editor'), `the application knows the roles ${roles}`)
  }

  /** @returns what the application knows of the person, who has signed in */
  async #reach(): Promise<Known> {
    const { connection, begin, known } = this.#ways
    const { issuer, person } = connection
    await begin(this.#page)
    await signIn(this.#page, issuer, person)
    const reached = await known(this.#page)
    if (reached.id) assert.equal(reached.id, person.id)
    else assert.equal(reached.email, person.email)
    return reached
  }
}

function isSignedIn({ id, email }: Known): boolean {
  return id !== undefined || email !== undefined
}

/** The JSON that the application answers to people who are signed in; it sends everyone else elsewhere. */
export async function whatIsShown(page: Page, address: string): Promise<Known> {
  const answer = await page.request.get(address, { maxRedirects: 0 })
  return answer.ok() ? answer.json() : {}
}

/** The JSON that the application answers at an address. */
async function json<T>(page: Page, address: string): Promise<T> {
  const answer = await page.goto(address)
  return answer?.json()
}
