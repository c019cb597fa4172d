import test from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine({ CLIENT_REGISTRATION: 'token' })
})
test.after.always(() => cli?.stop())

/** Registers a client as a program with this token. */
const register = (token: string | null) =>
  cli.app.scope(() =>
    cli.app.selfRegistration.register(
      { redirect_uris: ['https://app.example.com/cb'] },
      { token, network: '192.0.2.1', by: { kind: 'visitor', id: null, ip: '192.0.2.1', userAgent: null } },
    ),
  )

test('add prints the token once, on standard output, and stores only its digest', async t => {
  const { code, out } = await cli.run('registration-tokens add partner --uses 3 --expires 12h')
  t.is(code, 0)
  t.regex(out, /^Created the registration token partner\. It is shown only once\.\n\n[\w-]{43}\n$/)
  const token = out.trim().split('\n').at(-1)!
  const rows = await cli.app.em.fork().execute('select * from registration_token')
  t.false(JSON.stringify(rows).includes(token))
  t.false((await cli.run('registration-tokens list --json')).out.includes(token))
  t.is((await cli.run('registration-tokens add partner')).code, 4, 'the name is taken')
})

test('list shows the uses, and clients list who registered an application', async t => {
  const { token } = await cli.json<{ token: string }>(
    'registration-tokens add ci --uses 2 --scope openid --redirect-host app.example.com',
  )
  const { client } = await register(token)
  const listed = await cli.json<{ name: string; [member: string]: unknown }[]>('registration-tokens list')
  t.like(
    listed.find(({ name }) => name === 'ci'),
    { used: 1, maxUses: 2, scopes: ['openid'], redirectHosts: ['app.example.com'] },
  )
  await cli.run('clients add Ours --id ours --profile spa --redirect-uri https://o.example.com/cb')
  const clients = async (filter: string) =>
    (await cli.json<{ id: string }[]>(`clients list ${filter}`)).map(({ id }) => id)
  t.true((await clients('--registered-by token')).includes(client.id))
  t.false((await clients('--registered-by token')).includes('ours'))
  t.deepEqual(await clients('--registration-token ci'), [client.id])
  t.deepEqual(await clients('--registered-by operator'), ['ours'])
  t.deepEqual(await clients('--registered-by open'), [])
  t.regex((await cli.run('clients list')).out, /REGISTERED BY .*REGISTERED WITH/)
  t.regex((await cli.run('clients list')).out, /token +ci/)
  t.false((await cli.run('clients show ours --json')).out.includes('Digest'))
})

test('a revoked token registers nothing, and what was registered with it stays', async t => {
  const { token } = await cli.json<{ token: string }>('registration-tokens add gone --uses 5')
  const { client } = await register(token)
  t.is((await cli.run('registration-tokens revoke gone')).code, 0)
  await t.throwsAsync(register(token), { message: /unknown, has been used up, or has expired/ })
  t.is((await cli.run(`clients show ${client.id}`)).code, 0)
  t.is((await cli.run('registration-tokens revoke gone')).code, 3)
})

test('an invalid token is refused by option', async t => {
  for (const [line, option] of [
    ['x --scope account', '--scope'],
    ['x --scope upstream_tokens', '--scope'],
    ['x --grant-type password', '--grant-type'],
    ['x --grant-type client_credentials', '--scope is required'],
    ['x --response-type token', '--response-type'],
    ['x --redirect-host https://app.example.com', '--redirect-host'],
    ['x --redirect-host *.example.com', '--redirect-host'],
    ['x --redirect-host APP.example.com', '--redirect-host'],
    ['x --uses 0', '--uses'],
    ['x --expires soon', '--expires'],
    ['"two words"', '<name>'],
  ] as const) {
    const { code, err } = await cli.run(`registration-tokens add ${line}`)
    t.is(code, 2, line)
    t.true(err.includes(option), `${line}: ${err}`)
  }
})
