import { readFileSync } from 'node:fs'
import test from 'ava'
import { type ProtectOptions, protect, requireRole, requireScope, requireStepUp } from 'gatehouse/resource-server'

const right = { issuer: 'https://id.example.com', audience: 'https://api.example.com' }

test('a mistake in the options is named with its fix', t => {
  const wrong: [Partial<Record<keyof ProtectOptions, unknown>>, RegExp][] = [
    [{ issuer: undefined }, /option "issuer": it is missing.*issuer: 'https/],
    [{ issuer: 'id.example.com' }, /option "issuer": id.example.com is not an http\(s\) URL/],
    [{ issuer: 'http://id.example.com' }, /option "issuer": .* Use https/],
    [{ issuer: 'http://localhost.example.com' }, /option "issuer": .* Use https/],
    [{ audience: undefined }, /option "audience": it is missing.*audience: 'https/],
    [{ audience: ['a'] }, /option "audience"/],
    [{ url: '/v1' }, /option "url"/],
    [{ introspection: { clientId: 'x' } }, /option "introspection.clientSecret"/],
    [{ replays: {} }, /option "replays"/],
    [{ clockTolerance: 61 }, /option "clockTolerance"/],
    [{ clockTolerance: '5' }, /option "clockTolerance"/],
    [{ staleAfter: -1 }, /option "staleAfter"/],
    [{ timeout: 1000 }, /option "timeout"/],
    [{ audience: 'urn:api', dpop: { required: true } }, /option "dpop": .* "url"/],
  ]
  for (const [options, message] of wrong)
    t.throws(() => protect({ ...right, ...options } as ProtectOptions), { instanceOf: TypeError, message })
  t.throws(() => protect(undefined as never), { message: /option "issuer"/ })
  t.notThrows(() => protect(right))
  for (const issuer of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:3000'])
    t.notThrows(() => protect({ ...right, issuer }))
  t.notThrows(() => protect({ ...right, issuer: 'http://id.internal', allowInsecure: true }))
})

test('requirements without a name, and before protect, are mistakes of the developer', t => {
  for (const name of ['', undefined, 7]) {
    t.throws(() => requireScope(name as string), { message: /requireScope needs a name/ })
    t.throws(() => requireRole(name as string), { message: /requireRole needs a name/ })
  }
  t.throws(() => requireStepUp({}), { message: /requireStepUp needs acr, maxAge or both/ })
  t.throws(() => requireStepUp({ maxAge: Number.NaN }), { message: /maxAge in seconds/ })
  t.throws(() => requireScope('orders:read')({}), { message: /protect\(\) must come before/ })
})

test('the documentation has every option', t => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const [, declared = ''] =
    /interface ProtectOptions \{(.*?)\n\}/s.exec(read('modules/resource-server/types.d.ts')) ?? []
  const names = Array.from(declared.matchAll(/^ {2}(\w+)\??:/gm), ([, name]) => name!)
  const [, table = ''] = read('docs/protect-an-api.md').split('## Options')
  const documented = Array.from(table.split('##')[0]!.matchAll(/^\| (`[^|]+) \|/gm), ([, cell]) => cell!.match(/\w+/g)!)
  t.deepEqual(documented.flat().sort(), names.sort())
})

test('nothing is fetched, and nothing keeps the process alive, before the first request', t => {
  t.deepEqual(protect(right).status().state, 'loading')
})
