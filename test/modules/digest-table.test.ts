import test from 'ava'
import fc from 'fast-check'
import { DigestTable, digestOf } from '../../modules/resource-server/digest-table.js'

const add = fc.record({ name: fc.integer({ min: 0, max: 5000 }), expiry: fc.integer({ min: 1, max: 200 }) })
const step = fc.oneof(
  { arbitrary: fc.array(add, { maxLength: 1500 }), weight: 3 },
  { arbitrary: fc.integer({ min: 1, max: 60 }), weight: 1 },
)

test('a table holds what a map would hold, while it grows, expires and shrinks', t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const [table, map] = [new DigestTable(), new Map<number, number>()]
      let now = 0
      for (const each of steps) {
        if (typeof each === 'number') {
          now += each
          table.compact(now)
        } else {
          for (const { name, expiry } of each) {
            table.add(digestOf(String(name)), now + expiry, now)
            map.set(name, Math.max(map.get(name) ?? 0, now + expiry))
          }
        }
        for (const [name, until] of map)
          if (table.has(digestOf(String(name)), now) !== now < until) throw new Error(`${name} at ${now}`)
        const living = [...map.values()].filter(until => now < until).length
        if (typeof each === 'number' && table.size !== living) throw new Error(`${table.size} instead of ${living}`)
        if (table.has(digestOf('another'), now)) throw new Error('it has what was not added')
      }
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('entries that expire free their slots, and the others are still found', t => {
  const [table, until] = [new DigestTable(), new Map<number, number>()]
  for (let now = 0, name = 0; now < 300; now += 1) {
    for (let i = 0; i < 12; i += 1, name += 1) {
      const expiry = now + 1 + ((name * 7919) % 60)
      table.add(digestOf(String(name)), expiry, now)
      until.set(name, expiry)
    }
    table.compact(now)
    const wrong = [...until].filter(([each, expiry]) => table.has(digestOf(String(each)), now) !== now < expiry)
    t.deepEqual(wrong, [], String(now))
  }
  t.true(table.size < 12 * 60)
})

test('digests that collide in all bits that a table looks at first are told apart', t => {
  const table = new DigestTable()
  const digests = Array.from({ length: 600 }, (_, i) => {
    const digest = Buffer.alloc(16, 255)
    digest.writeUInt32BE(i, 4)
    return digest
  })
  for (const [i, digest] of digests.entries()) table.add(digest, i % 2 ? 10 : 100, 0)
  table.compact(50)
  t.is(table.size, 300)
  t.true(digests.every((digest, i) => table.has(digest, 50) === (i % 2 === 0)))
  table.add(digests[0]!, 60, 50)
  t.true(table.has(digests[0]!, 99), 'the later expiry counts')
})
