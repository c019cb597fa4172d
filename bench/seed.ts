/**
 * Creates in the database of a running Gatehouse what the steps need, through the app itself: a first-party web client (the
 * baseline has no consent page either), a machine client, a resource, and the accounts. A process of its own:
 * `node bench/seed.ts '{"issuer":…,"accounts":64}'` with Gatehouse's environment; prints the fixture as JSON.
 */
import { createApp } from '../src/app.ts'
import { operator } from '../src/base/actor.ts'
import { loadConfig } from '../src/base/config.ts'
import { accounts, type Fixture, redirectUri, resource, resourceScope, scope } from './fixture.ts'

const { issuer, accounts: count }: { issuer: string; accounts: number } = JSON.parse(process.argv[2] ?? '')
const by = operator
const app = await createApp(loadConfig())
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
    const account = app.accounts.register({ email, name: 'Bench Person', emailVerified: true }, { by })
    await app.assignments.stage(account, 'subscriber', { by })
    await app.passwords.set(account, await app.passwords.hash(password, email), { by })
    await app.accounts.flush()
  })
}
await app.close()

const fixture: Fixture = {
  issuer,
  web: { id: web.client.id, secret: web.secret ?? '', redirectUri },
  machine: { id: machine.client.id, secret: machine.secret ?? '' },
  resource,
  resourceScope,
  scope,
  accounts: people,
}
console.log(JSON.stringify(fixture))
