import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const { roles, assignments, accounts, scope } = app
test.after.always(() => gatehouse.stop())

const by = operator
const rolesOf = (id: string) => scope(async () => assignments.rolesOf(await accounts.find(id)))
const add = (id: string, ...names: string[]) =>
  scope(async () => assignments.assign(await accounts.find(id), names, { by }))
const remove = (id: string, ...names: string[]) =>
  scope(async () => assignments.unassign(await accounts.find(id), names, { by }))
const create = (name: string) => scope(() => roles.create({ name }, { by }))

test('three roles are built in and cannot be removed', async t => {
  const builtIn = (await scope(() => roles.list())).filter(role => role.builtIn)
  t.deepEqual(
    builtIn.map(({ name }) => name),
    ['admin', 'subscriber', 'superuser'],
  )
  for (const { name, description } of builtIn) {
    t.truthy(description)
    await t.throwsAsync(
      scope(() => roles.remove(name, { by })),
      { instanceOf: Forbidden },
    )
    t.is((await scope(() => roles.find(name))).name, name)
  }
})

test('an operator creates a role, changes its description, assigns and unassigns it', async t => {
  const { id } = await makePerson(gatehouse)
  await scope(() => roles.create({ name: 'shop:seller', description: 'Sells' }, { by }))
  await scope(() => roles.update('shop:seller', { description: 'Sells things' }, { by }))
  t.deepEqual((await scope(() => roles.find('shop:seller'))).summary(), {
    name: 'shop:seller',
    description: 'Sells things',
    builtIn: false,
    permissions: [],
    scopes: {},
  })
  await add(id, 'shop:seller', 'admin')
  t.deepEqual(await rolesOf(id), ['admin', 'shop:seller', 'subscriber'])
  await remove(id, 'shop:seller')
  t.deepEqual(await rolesOf(id), ['admin', 'subscriber'])
  const events = (await scope(() => app.audit.of(id))).map(({ kind, target }) => `${kind} ${target}`)
  t.deepEqual(events.slice(0, 3), ['role.unassigned shop:seller', 'role.assigned shop:seller', 'role.assigned admin'])
})

test('removing a role unassigns it from every account, and changes no other role', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  await create('temporary')
  for (const { id } of [ada, grace]) await add(id, 'temporary')
  await scope(() => roles.remove('temporary', { by }))
  for (const { id } of [ada, grace]) t.deepEqual(await rolesOf(id), ['subscriber'])
  await t.throwsAsync(
    scope(() => roles.find('temporary')),
    { instanceOf: NotFound },
  )
  await t.throwsAsync(add(ada.id, 'temporary'), { instanceOf: NotFound })
})

test('only valid role names are accepted', async t => {
  for (const name of ['', 'Admin', 'two words', '-a', 'a,b', 'роль', 'a'.repeat(64), 'a\n', 'a\0', '<b>']) {
    await t.throwsAsync(create(name), { instanceOf: InvalidInput }, JSON.stringify(name))
  }
  for (const name of ['a', '0', 'a.b_c:d-e', 'b'.repeat(63)]) t.is((await create(name)).name, name)
})

test('a role can be created once, even by two operators at once', async t => {
  await t.throwsAsync(create('admin'), { instanceOf: Conflict })
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => create('contested')))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Conflict)
})

test('assigning a role that is already assigned changes nothing, even by two operators at once', async t => {
  const other = (await gatehouse.another()).app
  const { id } = await makePerson(gatehouse)
  const addThere = () =>
    other.scope(async () => other.assignments.assign(await other.accounts.find(id), ['admin'], { by }))
  await t.notThrowsAsync(Promise.all([add(id, 'admin'), addThere(), add(id, 'admin'), addThere()]))
  await add(id, 'admin')
  t.deepEqual(await rolesOf(id), ['admin', 'subscriber'])
  const assigned = (await scope(() => app.audit.of(id))).filter(
    ({ kind, target }) => kind === 'role.assigned' && target === 'admin',
  )
  t.is(assigned.length, 1)
})

test('several roles are assigned or unassigned all at once or not at all', async t => {
  const { id } = await makePerson(gatehouse, { roles: ['admin'] })
  for (const name of ['all:1', 'all:2']) await create(name)
  await t.throwsAsync(add(id, 'all:1', 'all:2', 'no-such-role'), { instanceOf: NotFound })
  t.deepEqual(await rolesOf(id), ['admin', 'subscriber'])
  await t.throwsAsync(remove(id, 'admin', 'all:1'), { instanceOf: NotFound })
  t.deepEqual(await rolesOf(id), ['admin', 'subscriber'])
})

test('an unknown role name of any form is not found', async t => {
  const { id } = await makePerson(gatehouse)
  for (const name of ['', 'no-such-role', 'a\0b']) {
    await t.throwsAsync(
      scope(() => app.roles.find(name)),
      { instanceOf: NotFound },
    )
    await t.throwsAsync(add(id, name), { instanceOf: NotFound })
    await t.throwsAsync(remove(id, name), { instanceOf: NotFound })
  }
})
