import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const here = gatehouse.app
const there = (await gatehouse.another()).app
test.after.always(() => gatehouse.stop())

const register = (name: string) =>
  here.scope(() => here.clients.register({ name, profile: 'web', redirectUris: [CALLBACK] }, { by: operator }))
const nameHere = async (id: string) => (await here.clients.findCached(id))?.name
const nameThere = async (id: string) => (await there.clients.findCached(id))?.name

test('a cached client is not read again from the database', async t => {
  const { client } = await register('Shop')
  for (const { clients } of [here, there]) {
    // Once the notification of the registration has arrived.
    t.true(
      await eventually(async () => {
        const [once, again] = [await clients.findCached(client.id), await clients.findCached(client.id)]
        return once === again
      }),
    )
  }
})

test('a change updates the cache of this process at once, and of another process soon after', async t => {
  const { client } = await register('Before')
  t.deepEqual([await nameHere(client.id), await nameThere(client.id)], ['Before', 'Before'])
  await here.scope(() => here.clients.update(client.id, { name: 'After' }, { by: operator }))
  t.is(await nameHere(client.id), 'After')
  t.true(await eventually(async () => (await nameThere(client.id)) === 'After'))
})

test('a change by plain SQL updates the cache of every process', async t => {
  const { client } = await register('Before')
  await Promise.all([nameHere(client.id), nameThere(client.id)])
  await here.em.fork().execute('update client set name = ? where id = ?', ['After', client.id])
  t.true(await eventually(async () => (await nameHere(client.id)) === 'After'))
  t.true(await eventually(async () => (await nameThere(client.id)) === 'After'))
})

test('A-04: a removed client is unknown in every process', async t => {
  const { client } = await register('Shop')
  await Promise.all([nameHere(client.id), nameThere(client.id)])
  await here.scope(() => here.clients.remove(client.id, { by: operator }))
  t.is(await here.clients.findCached(client.id), null)
  t.true(await eventually(async () => (await there.clients.findCached(client.id)) === null))
})

test('a client that was unknown is found as soon as it is registered', async t => {
  t.is(await there.clients.findCached('soon'), null)
  await here.scope(() =>
    here.clients.register({ id: 'soon', name: 'Soon', profile: 'web', redirectUris: [CALLBACK] }, { by: operator }),
  )
  t.is(await nameThere('soon'), 'Soon')
})

test('a change that was rolled back leaves the cache correct', async t => {
  const { client } = await register('Kept')
  await t.throwsAsync(
    here.em.fork().transactional(async em => {
      await em.execute('update client set name = ? where id = ?', ['Dropped', client.id])
      throw new Error('rolled back')
    }),
  )
  t.deepEqual([await nameHere(client.id), await nameThere(client.id)], ['Kept', 'Kept'])
})

test('a removed redirect URI is refused by the protocol at once', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url } = await rp.begin()
  t.is((await fetch(url, { redirect: 'manual' })).status, 303)
  await here.scope(() =>
    here.clients.update(rp.id, { redirectUris: ['https://app.example.org/other'] }, { by: operator }),
  )
  t.is((await fetch(url, { redirect: 'manual' })).status, 400)
})
