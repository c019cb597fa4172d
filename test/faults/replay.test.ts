import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { AssertingClient } from '../support/assertions.ts'
import { codeSource, isRefusedAs } from '../support/codes.ts'
import { Prover } from '../support/dpop.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { startRedis } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { servers } from '../support/servers.ts'

/** Seconds: proofs of a clock that is this much ahead count as made after any loss in these tests. */
const AHEAD = 200

/** A client with signed assertions and one with DPoP proofs, and what they send. */
async function senders(gatehouse: Gatehouse) {
  const client = await AssertingClient.register(gatehouse)
  const prover = await Prover.of(gatehouse)
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const ahead = () => ({ claims: { iat: Math.floor(Date.now() / 1000) + AHEAD } })
  const assert = (assertion: string) => client.ask(assertion)
  const prove = (dpop: string) => machine.post('/token', { grant_type: 'client_credentials' }, { headers: { dpop } })
  return {
    usual: async () => [
      { what: 'an assertion', sent: await client.assertion(), send: assert },
      { what: 'a proof', sent: await prover.proof(), send: prove },
    ],
    odd: async () => [
      {
        what: 'an assertion without iat',
        sent: await client.assertion({ claims: { iat: undefined } }),
        send: assert,
      },
      { what: 'an assertion of a clock that is ahead', sent: await client.assertion(ahead()), send: assert },
      { what: 'a proof of a clock that is ahead', sent: await prover.proof(ahead()), send: prove },
    ],
  }
}

type Sent = Awaited<ReturnType<Awaited<ReturnType<typeof senders>>['usual']>>[number]

async function accepted(t: ExecutionContext, all: Sent[]): Promise<void> {
  for (const { what, sent, send } of all) {
    const { status, body } = await send(sent)
    t.is(status, 200, `${what}: ${JSON.stringify(body)}`)
  }
}

async function refused(t: ExecutionContext, all: Sent[]): Promise<void> {
  for (const { what, sent, send } of all)
    isRefusedAs(t, await send(sent), ['invalid_client', 'invalid_grant', 'invalid_dpop_proof'], what)
}

/** It is unknown whether they were used: the client is asked for new ones. */
async function unknown(t: ExecutionContext, all: Sent[]): Promise<void> {
  for (const { what, sent, send } of all) {
    const { status, headers, body } = await send(sent)
    t.deepEqual([status, body.error, headers.get('retry-after')], [503, 'temporarily_unavailable', '2'], what)
    t.regex(String(body.error_description), /send a new one/, what)
  }
}

if (servers()) {
  test('F-5: a used value is not accepted again after Redis has lost its data', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-replay-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const redis = (await startRedis(folder))!
    t.teardown(() => redis.stop())
    const gatehouse = await startGatehouse({ env: { REDIS_URL: redis.url } })
    t.teardown(() => gatehouse.stop())
    const operator = connectRedis(redis.url)
    t.teardown(() => operator.disconnect())
    const { usual, odd } = await senders(gatehouse)

    await operator.save()
    const first = [...(await usual()), ...(await odd())]
    await accepted(t, first)
    await refused(t, first)

    await redis.restart()
    const ready = async () => (await fetch(`${gatehouse.url}/readyz`)).status === 200
    t.true(await eventually(ready), 'an old copy is loaded')
    await unknown(t, first.slice(0, 2))
    await refused(t, first.slice(2))
    await accepted(t, await odd())

    for (const index of [0, 1]) {
      const one = async () => (await usual())[index]!
      t.true(await eventually(async () => one().then(async ({ sent, send }) => (await send(sent)).status === 200)))
    }
    const { rp, code } = await codeSource(gatehouse)
    const second = [...(await usual()), ...(await odd())]
    await accepted(t, second)
    const unredeemed = await code()

    await operator.flushall()
    await unknown(t, second.slice(0, 2))
    await refused(t, second.slice(2))
    await accepted(t, await odd())
    isRefusedAs(t, await rp.post('/token', unredeemed), 'invalid_grant', 'a lost code cannot be redeemed')
  })

  test('F-5: a second process on a new Redis does not treat it as the first Redis', async t => {
    const gatehouse = await startGatehouse()
    t.teardown(() => gatehouse.stop())
    const { usual } = await senders(gatehouse)
    const used = await usual()
    await accepted(t, used)
    await gatehouse.app.redis!.flushdb()
    await gatehouse.another()
    await unknown(t, used)
  })
}
