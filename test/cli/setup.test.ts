import test from 'ava'
import { CliError } from '../../cli/kit/failures.ts'
import type { Io } from '../../cli/kit/io.ts'
import { givenPassword } from '../../cli/kit/prompts.ts'
import { servers } from '../support/servers.ts'
import { type CommandLine, openCommandLine, quietIo } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

const GOOD = 'a long enough sentence'

test('create-superuser asks for the password twice and never prints it', async t => {
  const { code, out, err, asked } = await cli.run('create-superuser Ada@Example.com --name Ada', {
    answers: [GOOD, GOOD],
  })
  t.is(code, 0, err)
  t.deepEqual(asked, ['New password for ada@example.com: ', 'Repeat it: '])
  t.is(out, 'Created the superuser ada@example.com.\n')
  t.false((out + err).includes(GOOD))
  await cli.app.scope(async () => {
    const ada = await cli.app.accounts.find('ada@example.com')
    t.deepEqual(await cli.app.assignments.rolesOf(ada), ['subscriber', 'superuser'])
    t.true(await cli.app.passwords.verify(ada, GOOD))
  })
})

test('a password that is refused, or repeated differently, is explained and asked for again', async t => {
  const answers = ['short', 'password1', GOOD, 'another sentence', GOOD, GOOD]
  const { code, err, asked } = await cli.run('create-superuser bob@example.com', { answers })
  t.is(code, 0)
  t.is(asked.length, 6)
  t.regex(err, /at least 8 characters/)
  t.regex(err, /one of the most common passwords/)
  t.regex(err, /do not match/)
})

test('Ctrl-C at a prompt changes nothing', async t => {
  const { code, err } = await cli.run('create-superuser nobody@example.com', { answers: [GOOD] })
  t.is(code, 130)
  t.is(err, 'gatehouse: cancelled; nothing was changed\n')
  t.is((await cli.run('accounts show nobody@example.com')).code, 3)
})

test('an existing account becomes a superuser without a new password', async t => {
  await cli.run('accounts register carol@example.com --password-stdin', { stdin: `${GOOD}\n` })
  const { code, out, asked } = await cli.run('create-superuser carol@example.com', { answers: [] })
  t.is(code, 0)
  t.deepEqual(asked, [])
  t.is(out, 'carol@example.com is now a superuser.\n')
  await cli.app.scope(async () => {
    t.true(await cli.app.passwords.verify(await cli.app.accounts.find('carol@example.com'), GOOD))
  })
})

test('a password can come from standard input or a file; line ends after it are ignored', async t => {
  const files = { '/run/secrets/password': `${GOOD} \r\n\n` }
  t.is((await cli.run('create-superuser d@example.com --password-file /run/secrets/password', { files })).code, 0)
  t.is((await cli.run('create-superuser e@example.com --password-stdin', { stdin: `${GOOD} \n` })).code, 0)
  await cli.app.scope(async () => {
    for (const email of ['d@example.com', 'e@example.com']) {
      t.true(await cli.app.passwords.verify(await cli.app.accounts.find(email), `${GOOD} `), email)
    }
  })
})

test('a password on the command line works, with a warning', async t => {
  const { code, err } = await cli.run(`create-superuser f@example.com --password "${GOOD}"`)
  t.is(code, 0)
  t.regex(err, /^gatehouse: warning: others on this machine can see a password/)
  t.false(err.includes(GOOD))
})

test('F-22: in production a password on the command line is refused, with the alternatives', async t => {
  const io: Io = { ...quietIo, interactive: true, read: async () => GOOD }
  const refusal = await t.throwsAsync(givenPassword(io, { password: GOOD }, { production: true }), {
    instanceOf: CliError,
  })
  t.regex(refusal?.failure.advice ?? '', /prompted, or give --password-file FILE or --password-stdin/)
  t.is(await givenPassword(io, { passwordStdin: true }, { production: true }), GOOD)
  if (!servers()) return
  const env = { NODE_ENV: 'production', PASSWORD_HASHING: 'm=7168,t=5,p=1', LOG_LEVEL: 'error' }
  const live = await openCommandLine(env)
  t.teardown(() => live.stop())
  for (const line of ['create-superuser h@example.com', 'accounts register h@example.com']) {
    const { code, err } = await live.run(`${line} --password "${GOOD}"`)
    t.is(code, 2, line)
    t.regex(err, /--password is refused in production[\s\S]*--password-file FILE or --password-stdin/)
    t.false(err.includes(GOOD))
    t.is((await live.run('accounts show h@example.com')).code, 3)
  }
  t.is((await live.run('create-superuser h@example.com --password-stdin', { stdin: GOOD })).code, 0)
})

test('F-22: no option takes a secret as its value except --password', async t => {
  const { out } = await cli.run('help --markdown')
  const secret = [...out.matchAll(/^- `(--[^`]*)`/gm)]
    .map(([, flags]) => flags)
    .filter(flags => /secret|password|passcode|private|credential/i.test(flags!))
  t.deepEqual([...new Set(secret)].sort(), [
    '--client-secret-file <file>',
    '--password <value>',
    '--password-file <file>',
    '--password-stdin',
  ])
})

test('without a terminal, or with an invalid password, no account is created', async t => {
  const none = await cli.run('create-superuser g@example.com')
  t.is(none.code, 2)
  t.regex(none.err, /--password-stdin or --password-file/)
  const two = await cli.run('create-superuser g@example.com --password-stdin --password x', { stdin: GOOD })
  t.is(two.code, 2)
  const weak = await cli.run('create-superuser g@example.com --password-stdin', { stdin: 'password1' })
  t.is(weak.code, 2)
  t.is(weak.err, 'gatehouse: password: one of the most common passwords\n')
  t.is((await cli.run('create-superuser not-an-address', { answers: [] })).code, 2)
  t.is((await cli.run('accounts show g@example.com')).code, 3)
})

test('recover prints a link that works', async t => {
  await cli.run('accounts register h@example.com --password-stdin', { stdin: GOOD })
  const { out } = await cli.run('recover h@example.com')
  const token = /https:\/\/id\.example\.com\/reset-password\/(\S+)/.exec(out)?.[1] ?? ''
  await cli.app.scope(async () => t.is((await cli.app.links.holder('reset-password', token))?.email, 'h@example.com'))
  const again = await cli.json<{ url: string }>('recover h@example.com')
  t.true(again.url.startsWith('https://id.example.com/reset-password/'))
  await cli.app.scope(async () =>
    t.is(await cli.app.links.holder('reset-password', token), null, 'the newer link replaces the older one'),
  )
  t.is((await cli.run('recover nobody@example.com')).code, 3)
})
