import { randomUUID } from 'node:crypto'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import type { Gatehouse } from './gatehouse.ts'

export interface Person {
  id: string
  email: string
  name: string
  password: string
  /** What their authenticator app shows, if they have one. */
  code?: () => string
}

export const PASSWORD = 'a horse that is rarely correct'

/** A person with an account and a password. */
export async function makePerson(
  { app }: Pick<Gatehouse, 'app'>,
  {
    name = 'Ada',
    roles = [],
    emailVerified = false,
  }: { name?: string; roles?: string[]; emailVerified?: boolean } = {},
): Promise<Person> {
  const email = `${name.toLowerCase()}-${randomUUID().slice(0, 8)}@example.org`
  const account = await app.scope(() =>
    app.registration.create({ email, name, password: PASSWORD }, { by: operator, roles, emailVerified }),
  )
  return { id: account.id, email, name, password: PASSWORD }
}

/** Sets another password for an account, as an operator would. */
export function setPassword({ scope, accounts, passwords, em }: App, id: string, text: string): Promise<void> {
  return scope(async () => {
    const account = await accounts.find(id)
    await passwords.set(account, await passwords.hash(text, account.email), { by: operator })
    await em.flush()
  })
}
