import test from 'ava'
import type { Actor } from '../../src/base/actor.ts'
import { TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { signInWithPassword } from '../support/sign-in-with-password.ts'
import { FIREFOX } from '../support/user-agents.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

const PASSWORD = 'a long enough sentence'
const visitor: Actor = { kind: 'visitor', id: null, ip: '203.0.113.7', userAgent: FIREFOX }

async function registerPerson(email: string): Promise<string> {
  const line = `accounts register ${email} --verified --password-stdin`
  return (await cli.json<{ id: string }>(line, { stdin: PASSWORD })).id
}
const signIn = (email: string, password: string) =>
  cli.app.scope(() => signInWithPassword(cli.app, { email, password }, { by: visitor, target: 'shop' }))

test('history shows the device, has pages, and can be filtered', async t => {
  await registerPerson('ada@example.com')
  await t.throwsAsync(signIn('ada@example.com', 'wrong'), { instanceOf: WrongCredentials })
  await signIn('ada@example.com', PASSWORD)
  const history = (options: string) =>
    cli.json<{ id: string; kind: string; device: string }[]>(`accounts history ada@example.com ${options}`)

  const [newest, ...rest] = await history('')
  t.like(newest, { kind: 'sign-in.succeeded', device: 'Firefox on Linux', target: 'shop' })
  t.deepEqual(await history(`--before ${newest!.id}`), rest)
  t.deepEqual(await history(`--before ${newest!.id} --limit 1`), rest.slice(0, 1))
  const kinds = async (options: string) => (await history(options)).map(({ kind }) => kind)
  t.deepEqual(await kinds('--kind sign-in.'), ['sign-in.succeeded', 'sign-in.refused'])
  t.deepEqual(await kinds('--failed'), ['sign-in.refused'])
  t.deepEqual(await kinds('--kind password.set --kind sign-in.refused'), ['sign-in.refused', 'password.set'])
  t.deepEqual(await kinds('--group sign-ins'), ['sign-in.succeeded', 'sign-in.refused'])
  t.is((await cli.run('accounts history ada@example.com --group nonsense')).code, 2)
  t.is((await cli.run('accounts history ada@example.com --before nonsense')).code, 2)

  const { out } = await cli.run('accounts history ada@example.com --failed')
  t.regex(out, /^AT +KIND +SUCCESS +REASON +ACTOR +TARGET +DEVICE +IP\n/)
  t.regex(out, /sign-in\.refused +no +wrong-password +visitor +shop +Firefox on Linux +203\.0\.113\.7\n$/)
})

test('operators list the events of clients, keys and roles, and filter them by group', async t => {
  await cli.run('clients add Wiki --id wiki --profile web --redirect-uri https://wiki.example.com/cb')
  await cli.run('roles create editor')
  const kinds = async (options: string) =>
    (await cli.json<{ kind: string; target: string }[]>(`audit list ${options}`)).map(
      ({ kind, target }) => `${kind} ${target}`,
    )
  t.deepEqual(await kinds('--group administration --limit 2'), ['role.created editor', 'client.registered wiki'])
  t.deepEqual(await kinds('--kind client.'), ['client.registered wiki'])
  t.true((await kinds('')).includes('role.created editor'))
  t.is((await cli.run('audit list --group nonsense')).code, 2)
  const unknown = await cli.run('audit list --kind sign-in')
  t.is(unknown.code, 2)
  t.regex(unknown.err, /--kind <kind>' argument 'sign-in' is invalid\. There is no such kind of event/)
})

test('L-01: an operator can unlock an account', async t => {
  await registerPerson('ben@example.com')
  for (let i = 0; i < 10; i += 1)
    await t.throwsAsync(signIn('ben@example.com', 'wrong'), { instanceOf: WrongCredentials })
  await t.throwsAsync(signIn('ben@example.com', PASSWORD), { instanceOf: TooManyAttempts })
  t.is((await cli.run('accounts unlock ben@example.com')).out, 'ben@example.com can try again.\n')
  await t.notThrowsAsync(signIn('ben@example.com', PASSWORD))
  t.is((await cli.run('accounts unlock nobody@example.com')).code, 3)
})

test('sessions are listed with device, IP address and when they were last seen', async t => {
  const accountId = await registerPerson('vera@example.com')
  const at = Math.floor(Date.now() / 1000)
  const seen = { at, ip: '203.0.113.7', userAgent: FIREFOX }
  const payload = { uid: 'u', accountId, loginTs: at - 60, exp: at + 600, seen }
  await cli.app.artifacts.commit([{ do: 'put', kind: 'Session', id: 's', payload, ttl: 600 }])
  t.like((await cli.json<object[]>('sessions list vera@example.com'))[0], {
    device: 'Firefox on Linux',
    ip: '203.0.113.7',
    lastSeenAt: new Date(at * 1000).toISOString(),
  })
  const { out } = await cli.run('sessions list vera@example.com')
  t.regex(
    out,
    /^DEVICE +IP +SIGNED IN AT +LAST SEEN AT +IMPERSONATED BY +CLIENTS +KEY\nFirefox on Linux +203\.0\.113\.7 /,
  )
})
