import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const { app } = gatehouse
const there = (await gatehouse.another()).app
const { assignments, accounts, roles, scope } = app
await scope(() => roles.create({ name: 'guest' }, { by: operator }))
test.after.always(() => gatehouse.stop())

const by = operator
const soon = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000)
const rolesOf = (id: string) => scope(async () => assignments.rolesOf(await accounts.find(id)))
const assign = (id: string, role: string, until?: Date | null) =>
  scope(async () => assignments.assign(await accounts.find(id), [role], { by, until }))
const unassign = (id: string, role: string) =>
  scope(async () => assignments.unassign(await accounts.find(id), [role], { by }))
const events = async (id: string) =>
  (await scope(() => app.audit.of(id))).map(({ kind, target, reason }) => [kind, target, reason].join(' ').trim())

test.serial('an assignment that has ended counts nowhere, is removed later, and can be given again', async t => {
  const { id } = await makePerson(gatehouse)
  await assign(id, 'guest', soon(60))
  t.deepEqual(await rolesOf(id), ['guest', 'subscriber'])
  clock.advance(61)
  t.deepEqual(await rolesOf(id), ['subscriber'])
  t.deepEqual(
    (await scope(async () => assignments.of(await accounts.find(id)))).map(({ role }) => role.name),
    ['subscriber'],
  )
  await t.throwsAsync(unassign(id, 'guest'), { instanceOf: NotFound })
  await assign(id, 'guest')
  t.deepEqual(await rolesOf(id), ['guest', 'subscriber'], 'the new assignment has no end')
  await new Sweeper(app).sweep()
  t.deepEqual(await rolesOf(id), ['guest', 'subscriber'])

  await assign(id, 'guest', soon(60))
  clock.advance(61)
  await new Sweeper(app).sweep()
  await new Sweeper(app).sweep()
  t.is((await events(id))[0], 'role.unassigned guest ended')
  t.is((await events(id)).filter(event => event.endsWith('ended')).length, 1)
})

test.serial('an end in the past is refused', async t => {
  const { id } = await makePerson(gatehouse)
  await t.throwsAsync(assign(id, 'guest', soon(-1)), { instanceOf: InvalidInput })
  t.deepEqual(await rolesOf(id), ['subscriber'])
})

test.serial('A-05: the first superuser cannot have an end, so that setup does not open again', async t => {
  const { id } = await makePerson(gatehouse)
  await t.throwsAsync(assign(id, 'superuser', soon(60)), { instanceOf: Forbidden })
  t.true(await scope(() => app.setup.pending()))
})

test.serial('A-05: the last superuser cannot be given an end, and a superuser with an end does not count', async t => {
  const [last, other] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  await assign(last.id, 'superuser')
  await assign(other.id, 'superuser', soon(60))
  await t.throwsAsync(assign(last.id, 'superuser', soon(60)), { instanceOf: Forbidden })
  await t.throwsAsync(unassign(last.id, 'superuser'), { instanceOf: Forbidden })
  await t.notThrowsAsync(unassign(other.id, 'superuser'))
  await assign(other.id, 'superuser', null)
  await t.notThrowsAsync(assign(last.id, 'superuser', soon(60)))
})

test.serial('of an assignment that ends and is given again at once, the new one stays', async t => {
  const { id } = await makePerson(gatehouse)
  for (let round = 0; round < 5; round++) {
    await assign(id, 'guest', soon(1))
    clock.advance(2)
    await Promise.all([there.scope(() => there.assignments.removeEnded()), assign(id, 'guest', null)])
    t.deepEqual(await rolesOf(id), ['guest', 'subscriber'])
    await unassign(id, 'guest')
  }
})
