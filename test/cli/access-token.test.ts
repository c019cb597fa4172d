import test from 'ava'
import { openCommandLine } from './command-line.ts'

const cli = await openCommandLine()
test.after.always(() => cli.stop())

test('an access token is for those who have a permission, for the permissions they have, and for 12 hours at most', async t => {
  await cli.run('accounts register ada@example.com --verified --link')
  const none = await cli.run('access-token ada@example.com')
  t.is(none.code, 5)
  t.regex(none.err, /has no permissions: assign a role/)

  await cli.run('accounts roles add ada@example.com admin')
  const { permissions } = await cli.json<{ permissions: string[] }>('access-token ada@example.com --ttl 12h')
  t.true(permissions.includes('accounts:suspend'))
  t.false(permissions.includes('providers:write'))
  for (const wrong of ['--ttl 13h', '--ttl 0', '--permission providers:write', '--permission nonsense'])
    t.is((await cli.run(`access-token ada@example.com ${wrong}`)).code, 2, wrong)
})
