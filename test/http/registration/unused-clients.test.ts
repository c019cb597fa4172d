import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Sweeper } from '../../../src/ops/sweeper.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { registeredParty } from '../../support/registering-program.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import { waitFor } from '../../support/wait-for.ts'

const DAY = 86_400
const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { CLIENT_REGISTRATION: 'open', UNUSED_CLIENT_TTL: '30d' } })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const ids = async () => (await app.scope(() => app.clients.list())).map(({ id }) => id)
const usedAt = async (id: string) => {
  const sql = 'select last_used_at from client_use where client_id = ?'
  const [row] = await app.em.fork().execute<{ last_used_at: string }[]>(sql, [id])
  return row ? new Date(row.last_used_at).getTime() : 0
}

test.serial('an application that registered itself is removed when no one has used it for long', async t => {
  const ada = await makePerson(gatehouse)
  const byOperator = await RelyingParty.register(gatehouse)
  const [unused, used] = [await registeredParty(gatehouse), await registeredParty(gatehouse)]
  clock.advance(29 * DAY)
  await used.signIn(ada, { scope: 'openid' })
  await waitFor(async () => (await usedAt(used.id)) > 0)
  await new Sweeper(app).sweep()
  t.deepEqual(await ids(), [byOperator.id, unused.id, used.id])

  clock.advance(2 * DAY)
  await new Sweeper(app).sweep()
  t.deepEqual(await ids(), [byOperator.id, used.id])
  const events = await app.scope(() => app.audit.of(null, { kinds: ['client.removed'] }))
  t.deepEqual(
    events.map(({ target, reason, actorKind }) => [target, reason, actorKind]),
    [[unused.id, 'unused', 'system']],
  )

  clock.advance(30 * DAY)
  await new Sweeper(app).sweep()
  t.deepEqual(await ids(), [byOperator.id], 'an application of an operator stays')
})

test.serial('a refresh is a use too, and is written once a day', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await registeredParty(gatehouse, { grant_types: ['authorization_code', 'refresh_token'] })
  const { tokens } = await rp.signIn(ada, { scope: 'openid offline_access' })
  await waitFor(async () => (await usedAt(rp.id)) > 0)
  const first = await usedAt(rp.id)

  clock.advance(DAY / 2)
  const second = await rp.refresh(String(tokens.refresh_token))
  clock.advance(DAY)
  await rp.refresh(String(second.refresh_token))
  await waitFor(async () => (await usedAt(rp.id)) > first)
  t.true((await usedAt(rp.id)) - first >= DAY * 1000)
})

test.serial('an application stays as long as its own refresh tokens may', async t => {
  const [short, long] = [await registeredParty(gatehouse), await registeredParty(gatehouse)]
  await app.scope(() => app.clients.update(long.id, { refreshTokenTtl: 90 * DAY }, { by: operator }))
  clock.advance(40 * DAY)
  await new Sweeper(app).sweep()
  const left = await ids()
  t.false(left.includes(short.id))
  t.true(left.includes(long.id))
})

test.serial('a sweep goes on after an application that another process has removed', async t => {
  const parties = [await registeredParty(gatehouse), await registeredParty(gatehouse)]
  clock.advance(100 * DAY)
  await Promise.all([1, 2].map(() => app.scope(() => app.clientUse.sweep())))
  const left = await ids()
  t.false(parties.some(({ id }) => left.includes(id)))
})
