import test from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

test('an API is registered, updated and removed', async t => {
  const uri = 'https://api.example.com'
  const made = await cli.json(
    `resources add ${uri} --name Orders --scope "orders:read=Read your orders" --scope orders:write`,
  )
  t.deepEqual(made, {
    id: uri,
    name: 'Orders',
    scopes: [
      { name: 'orders:read', description: 'Read your orders' },
      { name: 'orders:write', description: '' },
    ],
    accessTokenTtl: null,
    tokenFormat: 'jwt',
    tokenType: 'at+jwt',
    tokenAlg: 'ES256',
    allowSelfRegistered: false,
    scopesByRole: false,
    permissionsClaim: false,
  })
  const changed = await cli.json<{ scopes: unknown[] }>(
    `resources update ${uri} --access-token-ttl 2m --add-scope "orders:write=Change = write" --remove-scope orders:read --token-format opaque`,
  )
  t.like(changed, { name: 'Orders', accessTokenTtl: 120, tokenFormat: 'opaque' })
  t.deepEqual(changed.scopes, [{ name: 'orders:write', description: 'Change = write' }])
  t.like(await cli.json(`resources update ${uri} --access-token-ttl default`), { accessTokenTtl: null })
  t.regex((await cli.run('resources list')).out, /https:\/\/api\.example\.com +Orders +orders:write/)
  t.is((await cli.run(`resources add ${uri} --name Again`)).code, 4)
  t.is((await cli.run('resources add no-uri --name X')).code, 2)
  t.is((await cli.run(`resources remove ${uri}`, { answers: ['y'] })).code, 0)
  t.is((await cli.run(`resources show ${uri}`)).code, 3)
})

test('keys rotate: current keys retire, next keys sign, and only retired keys can be removed', async t => {
  type Key = { kid: string; alg: string; stage: string }
  const of = (keys: Key[], stage: string) => keys.filter(key => key.stage === stage).map(key => key.kid)
  const before = await cli.json<Key[]>('keys list')
  t.is(of(before, 'current').length, 2)
  const after = await cli.json<Key[]>('keys rotate')
  t.deepEqual(of(after, 'current').sort(), of(before, 'next').sort())
  t.deepEqual(of(after, 'retired').sort(), of(before, 'current').sort())
  const again = await cli.run('keys rotate')
  t.is(again.code, 4, 'F-8: the new next keys are in nobody’s key set yet')
  t.regex(again.err, /--now/)
  t.is((await cli.run(`keys remove ${of(after, 'current')[0]} --yes`)).code, 4)
  t.is((await cli.run('keys remove nonsense --yes')).code, 3)
  t.is((await cli.run(`keys remove ${of(after, 'retired')[0]}`, { answers: ['y'] })).code, 0)
  t.is(of(await cli.json<Key[]>('keys list'), 'retired').length, 1)
})

test('an argument that begins with a dash is not taken for an option', async t => {
  await cli.run('accounts register dash@example.com --link')
  for (const key of [
    '-Vaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '-haaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '--aaaaaaaaaaaaa',
  ]) {
    for (const line of [
      `keys remove ${key} --yes`,
      `sessions revoke dash@example.com ${key}`,
      `grants revoke dash@example.com ${key}`,
    ]) {
      const { code, err } = await cli.run(line)
      t.is(code, 3, line)
      t.true(err.includes(key), err)
    }
  }
  t.is((await cli.run('keys remove aaaa --yess')).code, 2)
})

test('migrate status lists migrations, and migrate down is refused while a server is running', async t => {
  const rows = await cli.json<{ name: string; at: string | null }[]>('migrate status')
  t.true(rows.length > 0 && rows.every(row => row.at !== null))
  t.deepEqual(await cli.json('migrate up'), { applied: [] })
  t.is((await cli.run('migrate down --yes')).code, 4)
})
