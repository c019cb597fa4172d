import type { ExecutionContext } from 'ava'
import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { makePerson } from './people.ts'
import { type Begun, CALLBACK, RelyingParty } from './relying-party.ts'

/** The parameters that redeem the code in the address of the browser. */
export function codeGrant(begun: Begun, browser: Browser): Record<string, string> {
  const code = new URL(browser.page.url).searchParams.get('code')
  if (!code) throw new Error(`no code, but ${browser.page.url} ${browser.text.slice(0, 300)}`)
  return { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: begun.verifier }
}

/**
 * A first-party application with a person signed in to it, which gets any number of codes and refresh tokens without
 * showing a page.
 */
export async function codeSource(gatehouse: Gatehouse) {
  const rp = await RelyingParty.register(gatehouse, { firstParty: true })
  const person = await makePerson(gatehouse)
  const { browser } = await rp.signIn(person)
  return {
    rp,
    person,
    browser,
    async code(): Promise<Record<string, string>> {
      const begun = await rp.begin({ prompt: 'none' })
      await browser.open(begun.url.href)
      return codeGrant(begun, browser)
    },
  }
}

/** Whether introspection by the client reports the token as active. */
export async function active(rp: RelyingParty, token: string): Promise<boolean> {
  const { body } = await rp.post('/token/introspection', { token })
  return (body as { active: boolean }).active
}

type Answer = Awaited<ReturnType<RelyingParty['post']>>

/** Asserts that the request was refused for this reason, and that no token was issued. */
export function isRefusedAs(t: ExecutionContext, answer: Answer, error: string | string[], message?: string): void {
  const { access_token, refresh_token, id_token, error: given } = answer.body
  const details = `${message ?? ''} ${answer.status} ${JSON.stringify(answer.body)}`
  t.true([400, 401].includes(answer.status), details)
  t.true([error].flat().includes(given), details)
  t.deepEqual([access_token, refresh_token, id_token], [undefined, undefined, undefined], details)
}
