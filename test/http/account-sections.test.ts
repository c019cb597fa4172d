import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { z } from 'zod'
import { ACTIONS, PAGES } from '../../src/http/account/sections.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (pattern: string) =>
  globSync(pattern, { cwd: root }).map(path => ({ path, text: readFileSync(resolve(root, path), 'utf8') }))

/** Fields that are filled in again: passwords, codes, and values that a browser creates for one request. */
const NEVER_SHOWN_AGAIN = ['current', 'next', 'code', 'challenge_token', 'response']

test('each route of the account pages and their API is in one table', t => {
  const opened = [
    ...PAGES.map(({ path }) => `GET ${path}`),
    ...ACTIONS.filter(({ method, form }) => method === 'get' && form).map(({ path }) => `GET ${path}`),
  ]
  const asked = ACTIONS.map(({ method, path }) => `${method} ${path}`)
  const names = ACTIONS.map(({ name }) => name)
  for (const list of [opened, asked, names]) t.is(new Set(list).size, list.length, list.join(', '))
  const routing = /\brouter\s*\.(?:get|post|put|patch|delete|all|use)\(|\brouter\[/
  const elsewhere = read('src/http/{account,api}/**/*.ts').filter(({ text }) => routing.test(text))
  t.deepEqual(
    elsewhere.map(({ path }) => path.replaceAll('\\', '/')).sort(),
    ['src/http/account/routes.ts', 'src/http/api/routes.ts'],
    'routes are made only from the table of actions and the table of pages',
  )
})

test('each action with a form has one in the views, and each form in the views has an action', t => {
  const views = read('views/{account,parts}/**/*.eta').map(({ text }) => text)
  const shown = views.flatMap(text => [...text.matchAll(/account-form', \{ form: '(\w+)'|it\.forms\.(\w+)\./g)])
  const posted = ACTIONS.filter(({ method, form }) => method !== 'get' && form).map(({ name }) => name)
  t.deepEqual([...new Set(shown.map(([, form, other]) => form ?? other))].sort(), posted.sort())
})

test('a refused form keeps everything that was typed except passwords and codes', t => {
  for (const { name, form, body } of ACTIONS) {
    if (!form || form.reads || !(body instanceof z.ZodObject)) continue
    const fields = Object.keys(body.shape).filter(field => !(name === 'addPasskey' && field === 'name'))
    const lost = fields.filter(field => !form.keeps?.includes(field) && !NEVER_SHOWN_AGAIN.includes(field))
    t.deepEqual(lost, [], name)
    for (const field of form.keeps ?? []) t.false(NEVER_SHOWN_AGAIN.includes(field), `${name}: ${field}`)
  }
})
