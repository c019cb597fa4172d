import type { App } from '../src/app.ts'
import { operator } from '../src/base/actor.ts'
import { accounts, type Fixture, redirectUri, resource, resourceScope, scope } from './fixture.ts'

/**
 * Creates in the database of a running Gatehouse what the steps need: a first-party web client (the baseline has no consent
 * page either), a machine client, a resource, and the accounts.
 */
export async function seed(
  app: App,
  { issuer, accounts: count }: { issuer: string; accounts: number },
): Promise<Fixture> {
  const by = operator
  const people = accounts(count)
  await app.scope(() =>
    app.resources.register(
      { id: resource, name: 'Things', scopes: [{ name: resourceScope, description: 'See things' }] },
      { by },
    ),
  )
  const web = await app.scope(() =>
    app.clients.register(
      {
        name: 'Bench',
        profile: 'web',
        redirectUris: [redirectUri],
        firstParty: true,
        idTokenAlg: 'ES256',
        scopes: scope.split(' '),
      },
      { by },
    ),
  )
  const machine = await app.scope(() =>
    app.clients.register({ name: 'Bench machine', profile: 'machine', scopes: [resourceScope] }, { by }),
  )
  for (const { email, password } of people) {
    await app.scope(async () => {
      const digest = await app.passwords.hash(password, email)
      await app.atomically(async () => {
        const account = app.accounts.register({ email, name: 'Bench Person', emailVerified: true }, { by })
        await app.assignments.stage(account, 'subscriber', { by })
        await app.passwords.set(account, digest, { by })
      })
    })
  }
  return {
    issuer,
    web: { id: web.client.id, secret: web.secret ?? '', redirectUri },
    machine: { id: machine.client.id, secret: machine.secret ?? '' },
    resource,
    resourceScope,
    scope,
    accounts: people,
  }
}
