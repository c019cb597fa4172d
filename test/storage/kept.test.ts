import test from 'ava'
import { newId } from '../../src/base/ids.ts'
import { keptKind } from '../../src/storage/artifacts/kept.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { kept, artifacts } = gatehouse.app
test.after.always(() => gatehouse.stop())

interface Note {
  text: string
}
const PLAIN = keptKind<Note>('PlainNote', { ttl: 60 })
const SEALED = keptKind<Note>('SealedNote', { ttl: 60, sealed: 'by-server' })
const BEARER = keptKind<Note>('BearerNote', { ttl: ({ sessionTtl }) => sessionTtl, sealed: 'under-id' })
const note = { text: 'private' }

test('a record can be read until it is taken, and a newer one replaces it', async t => {
  for (const kind of [PLAIN, SEALED, BEARER]) {
    const id = newId()
    t.is(await kept.look(kind, id), null)
    await kept.put(kind, id, { text: 'older' })
    await kept.put(kind, id, note)
    t.deepEqual(await kept.look(kind, id), note)
    t.deepEqual(await kept.take(kind, id), note)
    t.is(await kept.look(kind, id), null)
    t.is(await kept.take(kind, id), null)
    t.false(await kept.drop(kind, id))
  }
})

test('of concurrent takes one gets the record, and of concurrent first puts one succeeds', async t => {
  const id = newId()
  const ten = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, work))
  t.is((await ten(() => kept.putFirst(PLAIN, id, note))).filter(Boolean).length, 1)
  t.is((await ten(() => kept.take(PLAIN, id))).filter(Boolean).length, 1)
})

test('a record that does not match the condition stays', async t => {
  const id = newId()
  await kept.put(SEALED, id, note)
  t.is(await kept.take(SEALED, id, ({ text }) => text === 'another'), null)
  t.deepEqual(await kept.take(SEALED, id, async ({ text }) => text === note.text), note)
})

test('a sealed record is unreadable in the store and cannot be opened under another ID', async t => {
  for (const kind of [SEALED, BEARER]) {
    const [id, other] = [newId(), newId()]
    await kept.put(kind, id, note)
    const record = (await artifacts.get(kind.kind, id))!
    t.false(JSON.stringify(record).includes(note.text))
    await artifacts.commit([{ do: 'put', kind: kind.kind, id: other, payload: record, ttl: 60 }])
    await t.throwsAsync(kept.look(kind, other))
  }
})
