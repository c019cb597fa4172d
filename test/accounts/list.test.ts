import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const people = [
  ['ada@example.org', 'Ada Lovelace'],
  ['grace@example.org', 'Grace Hopper'],
  ['a_b@example.org', '100 % sure'],
  ['axb@example.org', '100 per cent'],
  ['back@example.org', 'back\\slash'],
  ['sofia@example.org', 'Софья Ковалевская'],
] as const

test.before(() =>
  app.scope(async () => {
    for (const [email, name] of people) app.accounts.register({ email, name }, { by: operator })
    await app.accounts.flush()
  }),
)

async function search(text: string): Promise<string[]> {
  const found = await app.scope(() => app.accounts.list({ search: text }))
  return found.map(({ email }) => email.replace('@example.org', ''))
}

test('all accounts are listed and counted, newest first', async t => {
  const listed = await app.scope(() => app.accounts.list())
  t.deepEqual(
    listed.map(({ email }) => email),
    people.map(([email]) => email).toReversed(),
  )
  t.is(await app.scope(() => app.accounts.count()), people.length)
})

test('each account appears on exactly one page', async t => {
  const seen: string[] = []
  for (let page = await next(); page.length > 0; page = await next()) {
    t.true(page.length <= 4)
    seen.push(...page)
  }
  const all = await app.scope(() => app.accounts.list())
  t.deepEqual(
    seen,
    all.map(({ id }) => id),
  )

  async function next(): Promise<string[]> {
    const after = seen.at(-1)
    const found = await app.scope(() => app.accounts.list({ limit: 4, ...(after ? { after } : {}) }))
    return found.map(({ id }) => id)
  }
})

test('a search matches parts of emails and names, ignoring case', async t => {
  t.deepEqual(await search('ADA'), ['ada'])
  t.deepEqual(await search('hopp'), ['grace'])
  t.deepEqual(await search('Ковалев'), ['sofia'])
  t.deepEqual(await search('example.org'), people.map(([email]) => email.split('@')[0]!).toReversed())
  t.deepEqual(await search('nobody'), [])
})

test('one or two characters are found where an email, username or name begins', async t => {
  t.deepEqual(await search('a'), ['axb', 'a_b', 'ada'])
  t.deepEqual(await search('GR'), ['grace'])
  t.deepEqual(await search('ho'), ['grace'], 'at a word of a name')
  t.deepEqual(await search('op'), [], 'not in the middle of a word')
  t.deepEqual(await search('%'), ['a_b'], 'other characters everywhere')
  t.deepEqual(await search('фь'), ['sofia'])
})

test('wildcards in a search are taken literally', async t => {
  t.deepEqual(await search('0 %'), ['a_b'])
  t.deepEqual(await search('%%%'), [])
  t.deepEqual(await search('___'), [])
  t.deepEqual(await search('a_b'), ['a_b'])
  t.deepEqual(await search('\\'), ['back'])
  t.deepEqual(await search("'"), [])
  t.deepEqual(await search('%%%'), [])
  t.deepEqual(await search('a\0b'), [])
})

test('a page can begin only after an account ID', async t => {
  const list = () => app.scope(() => app.accounts.list({ after: 'nonsense' }))
  await t.throwsAsync(list, { instanceOf: InvalidInput })
})
