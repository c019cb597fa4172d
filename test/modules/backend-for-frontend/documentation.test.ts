import { readFileSync } from 'node:fs'
import test from 'ava'
import { browserSessions } from 'gatehouse/backend-for-frontend'

const ROOT = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
const docs = read('docs/browser-applications.md')

test('the store of the documentation is the one that is tested on Redis', t => {
  const code = /return (\{.*?\n {2}\})/s.exec(read('test/modules/backend-for-frontend/redis-store.ts'))?.[1]
  t.truthy(code)
  t.true(docs.includes(code!.replace(/^ {2}/gm, '')))
})

test('the documentation has every option, and no other', t => {
  const error = t.throws(() => browserSessions(JSON.parse('{"unknown": true}')))
  const options = /unknown is not an option; they are: (.*)/.exec(error?.message ?? '')?.[1]?.split(', ')
  const [, table = ''] = docs.split('\n## Options\n')
  const rows = [...table.split('\n## ')[0]!.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names]) => names!.match(/\w+/g))
  t.deepEqual(rows.toSorted(), options?.toSorted())
})
