import { globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { browserSessions } from 'gatehouse/backend-for-frontend'
import { unnaturalIn } from '../../support/words.ts'

const ROOT = new URL('../../../', import.meta.url)
const FOLDER = 'modules/backend-for-frontend'
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

test('the module imports nothing but jose, Node and itself, and its files are short', t => {
  const paths = globSync(`${FOLDER}/**/*.{js,d.ts}`, { cwd: ROOT.pathname })
  t.true(paths.length > 25)
  for (const path of paths) {
    const text = read(path)
    const types = path.endsWith('.d.ts') ? ['koa', 'fastify', 'hono'] : []
    for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^']*? from '([^']+)'/gm)) {
      const own = name.startsWith('.') && new URL(name, new URL(path, ROOT)).pathname.includes(`/${FOLDER}/`)
      t.true(own || name.startsWith('node:') || ['jose', ...types].includes(name), `${path} imports ${name}`)
    }
    t.true(text.split('\n').length <= 200, path)
    t.deepEqual(unnaturalIn(text), [], path)
  }
})
