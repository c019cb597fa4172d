import test from 'ava'
import { isId, isText, newId } from '../../src/base/ids.ts'

test('an id is a UUIDv7 that contains its time', t => {
  const now = new Date('2026-07-14T12:00:00.123Z')
  const id = newId(now)
  t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.is(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), now.getTime())
})

test('ids sort in order of creation, even within one millisecond', t => {
  const now = new Date()
  const ids = Array.from({ length: 1000 }, () => newId(now))
  t.true(ids.every((id, index) => index === 0 || id > ids[index - 1]!))
  t.true(newId(new Date(now.getTime() + 1)) > ids.at(-1)!)
})

test('all ids differ', t => {
  t.is(new Set(Array.from({ length: 100_000 }, () => newId())).size, 100_000)
})

test('only strings that a uuid column accepts are ids', t => {
  t.true(isId(newId()))
  t.true(isId(newId().toUpperCase()))
  for (const text of ['', 'ada', `${newId()}0`, newId().replaceAll('-', ''), `{${newId()}}`, `${newId()}\n`, '\0']) {
    t.false(isId(text), JSON.stringify(text))
  }
})

test('any string without a null character can be looked up', t => {
  for (const text of ['', 'shop', 'ключ 🗝', '%']) t.true(isText(text))
  for (const text of ['\0', 'shop\0']) t.false(isText(text))
})
