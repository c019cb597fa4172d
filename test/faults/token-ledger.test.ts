import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { operator } from '../../src/base/actor.ts'
import { startExampleApis } from '../support/example-apis.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { childrenOf } from '../support/production.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { freshDatabase, freshRedis, servers } from '../support/servers.ts'
import { forEach, type Issued, insist, machineTokens } from '../support/token-ledger.ts'
import { startTwoWorkers, type TwoWorkers } from '../support/two-workers.ts'
import { waitFor } from '../support/wait-for.ts'

const API = 'https://orders.example.org'
const by = operator

/** In all about 10,000 tokens. */
const [OF_MACHINES, OF_REMOVED, OF_PERSON] = [6_000, 1_000, 84]
const PEOPLE_OF_A_KIND = 3

interface Stay {
  person: Person
  rp: RelyingParty
  code: { [name: string]: string }
  refreshToken: string
  used: string
  issued: Issued[]
}

if (servers())
  test('A-04, C-01, C-14, F-01, F-04: of 10,000 access tokens, four APIs refuse each that was revoked, and no other, while Redis is emptied and a worker is killed', async t => {
    const { gatehouse, redisUrl } = await start(t)
    const { app } = gatehouse
    const apis = await startExampleApis(gatehouse.url, API)
    t.teardown(() => apis.forEach(api => void api.stop()))
    const post = (rp: RelyingParty, path: string, body: Record<string, string>) =>
      insist(async () => {
        const { status } = await rp.post(path, body)
        return status === 200 ? status : null
      })

    /** Each way to revoke: those that need what Redis has come before it is emptied. */
    const before: Record<string, (stay: Stay) => Promise<unknown>> = {
      'the refresh token is revoked': ({ rp, refreshToken }) => post(rp, '/token/revocation', { token: refreshToken }),
      'the code is redeemed again': ({ rp, code }) => rp.post('/token', code),
      'a refresh token is used again': ({ rp, used }) =>
        rp.post('/token', { grant_type: 'refresh_token', refresh_token: used }),
      'all sessions end': ({ person }) => app.scope(() => app.sessions.revokeOthers(person.id, null, { by })),
      'the session ends': async ({ person }) => {
        const [session] = await app.sessions.of(person.id)
        await app.scope(() => app.sessions.revoke(person.id, session!.key, { by }))
      },
    }
    const after: Record<string, (stay: Stay) => Promise<unknown>> = {
      'an access token is revoked': async ({ rp, issued }) =>
        forEach(issued, ({ token }) => post(rp, '/token/revocation', { token })),
      'consent is withdrawn': ({ person, rp }) => app.scope(() => app.consents.revoke(person.id, rp.id, { by })),
      'the person is suspended': ({ person }) => app.scope(() => app.suspension.suspend(person.id, { by })),
      'the account is erased': ({ person }) =>
        app.scope(async () => app.erasure.of(await app.accounts.find(person.id), { by })),
      'the person gets a new password': async ({ person }) => {
        const { token } = await app.scope(() => app.passwordReset.link(person.id, { by }))
        await app.scope(() => app.passwordReset.complete(token, 'quite another horse and staple', { by }))
      },
      'the person loses a role': ({ person }) =>
        app.scope(async () => app.assignments.unassign(await app.accounts.find(person.id), ['clerk'], { by })),
      'the application loses a scope': ({ rp }) =>
        app.scope(() => app.clients.update(rp.id, { scopes: ['openid'] }, { by })),
    }

    const stays: { how: string; stay: Stay; revoke: (stay: Stay) => Promise<unknown>; early: boolean }[] = []
    await forEach(
      [...Object.entries(before), ...Object.entries(after)].flatMap(each =>
        Array.from({ length: PEOPLE_OF_A_KIND }, () => each),
      ),
      async ([how, revoke]) => {
        stays.push({ how, stay: await signIn(gatehouse, how), revoke, early: how in before })
      },
    )
    const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
    const removed = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
    const single = await machineTokens(machine, OF_MACHINES, 'one token of a machine is revoked')
    const gone = await machineTokens(removed, OF_REMOVED, 'the application is removed')
    const ledger = [...single, ...gone, ...stays.flatMap(({ stay }) => stay.issued)]
    t.log(`${ledger.length} tokens`)

    const chosen = stays.filter((_, index) => index % PEOPLE_OF_A_KIND === 0)
    const revokeChosen = (early: boolean) =>
      forEach(
        chosen.filter(each => each.early === early),
        async ({ stay, revoke }) => {
          await insist(async () => ({ done: await revoke(stay) }))
          for (const each of stay.issued) each.revoked = true
        },
      )
    await revokeChosen(true)
    const third = single.filter((_, index) => index % 4 === 0)
    const revoking = forEach(third, async each => {
      await post(machine, '/token/revocation', { token: each.token })
      each.revoked = true
    })
    await emptyRedis(redisUrl)
    const [worker] = await childrenOf(gatehouse.pid)
    process.kill(worker!, 'SIGKILL')
    await revokeChosen(false)
    await insist(async () => ({ done: await app.scope(() => app.clients.remove(removed.id, { by })) }))
    for (const each of gone) each.revoked = true
    await revoking

    const began = performance.now()
    const last = [third.at(-1)!, gone.at(-1)!, chosen.at(-1)!.stay.issued.at(-1)!]
    for (const { token, how } of last)
      for (const api of apis)
        await waitFor(async () => (await api.status(token)) === 401, { what: () => `still accepted: ${how}` })
    t.log(`refused ${Math.round(performance.now() - began)} ms after the last revocation`)

    const wrong = new Set<string>()
    for (const api of apis)
      await forEach(ledger, async ({ token, revoked, how }) => {
        const status = await api.status(token)
        if (status !== (revoked ? 401 : 200)) wrong.add(`${api.framework} answers ${status}: ${how}`)
      })
    t.deepEqual([...wrong], [])
    t.log(`${ledger.filter(({ revoked }) => revoked).length} of them revoked`)
  })

async function start(t: ExecutionContext): Promise<{ gatehouse: TwoWorkers; redisUrl: string }> {
  const [database, redis] = await Promise.all([freshDatabase(), freshRedis()])
  for (const share of [database, redis]) t.teardown(() => share.drop())
  const stores = { databaseUrl: database.url, redisUrl: redis.url }
  // The slowest machine has time for all checks, and a token that is refreshed twice counts as stolen at once.
  const gatehouse = await startTwoWorkers(stores, { ACCESS_TOKEN_TTL: '1h', REFRESH_REPLAY_WINDOW: '0' })
  t.teardown(() => gatehouse.stop())
  const { app } = gatehouse
  await app.scope(() => app.resources.register({ id: API, name: 'Orders', scopes: [{ name: 'orders:read' }] }, { by }))
  await app.scope(() => app.roles.create({ name: 'clerk', description: '' }, { by }))
  return { gatehouse, redisUrl: redis.url }
}

/** A person of their own, signed in to an application of its own, with many access tokens. */
async function signIn(gatehouse: Gatehouse, how: string): Promise<Stay> {
  const person = await makePerson(gatehouse, { roles: ['clerk'] })
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'offline_access', 'orders:read'] })
  const request = { scope: 'openid offline_access orders:read', resource: API, prompt: 'consent' }
  const { tokens, browser, begun } = await rp.signIn(person, request)
  const code = {
    ...{ grant_type: 'authorization_code', code: new URL(browser.page.url).searchParams.get('code') ?? '' },
    ...{ redirect_uri: begun.url.searchParams.get('redirect_uri') ?? '', code_verifier: begun.verifier },
  }
  const issued = [{ token: tokens.access_token, revoked: false, how }]
  let [refreshToken, used] = [tokens.refresh_token ?? '', '']
  while (issued.length < OF_PERSON) {
    used = refreshToken
    const { body } = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken })
    issued.push({ token: body.access_token, revoked: false, how })
    refreshToken = body.refresh_token
  }
  return { person, rp, code, refreshToken, used, issued }
}

async function emptyRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.flushdb()
  redis.disconnect()
}
