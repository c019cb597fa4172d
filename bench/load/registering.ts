/** Registers one person, as a browser would: the authorization request, the sign-in page, the form, and the next page. */
import { formsOf } from './form.ts'
import { type RelyingParty, wrong } from './relying-party.ts'
import type { Timed } from './steps.ts'

/** Times `page`, each page that leads there, and `form`, the request that creates the account and the email. */
export async function register(rp: RelyingParty, person: { email: string; password: string }, timed: Timed) {
  rp.connection.forgetCookies()
  const open = (path: string) => timed('page', () => rp.open(path))
  const { headers } = await open(rp.authorization().path)
  const signIn = await open(String(headers.location))
  const page = await open(/href="([^"]+\/register)"/.exec(signIn.body)?.[1] ?? '')
  const form = formsOf(page.body).find(({ action }) => action.endsWith('/register'))
  if (!form) throw wrong('a form for registering', page)
  const answer = await timed('form', () => rp.send(form, person))
  if (answer.status !== 200 || !answer.body.includes(person.email))
    throw wrong('a page that says an email was sent', answer)
}
