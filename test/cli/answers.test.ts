import { readFile } from 'node:fs/promises'
import test from 'ava'
import { EXIT_CODES } from '../../cli/kit/exit-codes.ts'
import type { Verb } from '../../cli/kit/verb.ts'
import { createProgram } from '../../cli/program.ts'
import { unnaturalIn } from '../support/words.ts'
import { type CommandLine, openCommandLine, quietIo } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

/** The program, for inspecting its commands. */
function program(): Verb {
  const host = { serving: true, use: async () => 0 }
  return createProgram({ argv: [], io: quietIo, host, exitCode: 0, run: async () => 0 })
}

const leaves = (verb: Verb): Verb[] => (verb.verbs.length > 0 ? verb.verbs.flatMap(leaves) : [verb])

test('every command has a description that begins with a verb, an example, and plain words', t => {
  const commands = leaves(program())
  t.true(commands.length > 40)
  for (const command of commands) {
    t.regex(command.description(), /^[A-Z][a-z]+ [^.]+$/, `${command.path}: one sentence, without a full stop`)
    t.notRegex(command.description(), /^(The|A|An|To|How|What|Who|It|This) /, command.path)
    t.true(command.examples.length > 0, command.path)
    for (const example of command.examples) t.true(example.startsWith(`gatehouse ${command.path}`), example)
    for (const { flags, description } of command.options)
      t.regex(description, /^[A-Z].*[^.]$/, `${command.path} ${flags}`)
    const texts = [command.description(), ...command.options.map(({ description }) => description)]
    t.deepEqual(unnaturalIn(texts.join('; ')), [], command.path)
  }
})

test('an update that changes nothing is refused, and the error names options', async t => {
  const updates = leaves(program()).filter(command => command.name() === 'update')
  t.true(updates.length > 3)
  for (const { path, options } of updates) {
    if (options.some(({ mandatory }) => mandatory)) continue
    const { code, err } = await cli.run(`${path} nobody`)
    t.is(code, 2, path)
    t.regex(err, /^gatehouse: nothing to change\nGive --[a-z-]+(, .*)? or .*\.\n$/, path)
  }
})

test('things are removed, and tokens and sessions revoked', t => {
  const others = /^(delete|erase|end|withdraw|drop|destroy|clear|purge|take)/
  t.deepEqual(
    leaves(program()).flatMap(({ path }) => (others.test(path.split(' ').at(-1)!) ? [path] : [])),
    [],
  )
})

test('a word that another product would use is recognised', async t => {
  const cases: [line: string, hint: RegExp][] = [
    ['accounts create ada@example.com', /Did you mean register\?/],
    ['accounts erase ada@example.com', /Did you mean remove\?/],
    ['roles delete editor', /Did you mean remove\?/],
    ['sessions end ada@example.com x', /Did you mean revoke\?/],
    ['users list', /Did you mean accounts\?/],
    ['clients get wiki', /Did you mean show\?/],
  ]
  for (const [line, hint] of cases) {
    const { code, err } = await cli.run(line)
    t.is(code, 2, line)
    t.regex(err, hint, line)
  }
})

test('every example can be parsed as it stands', async t => {
  for (const command of leaves(program())) {
    for (const example of command.examples.filter(line => !/\b(serve|help|config)\b/.test(line))) {
      const { code, err } = await cli.run(`${example.slice('gatehouse '.length)} --help`)
      t.is(code, 0, `${example}: ${err}`)
    }
  }
})

test('docs/reference/cli.md is up to date (gatehouse help --markdown > docs/reference/cli.md)', async t => {
  const page = await readFile(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8')
  t.is((await cli.run('help --markdown')).out, page)
})

test('help: the program, a command, a topic', async t => {
  t.regex((await cli.run('--help')).out, /^Usage: gatehouse/)
  t.regex((await cli.run('help clients add')).out, /Examples:\n {2}\$ gatehouse clients add "Wiki"/)
  t.is((await cli.run('help clients add')).out, (await cli.run('clients add --help')).out)
  const codes = (await cli.run('help exit-codes')).out
  for (const { code, meaning } of EXIT_CODES) t.true(codes.includes(`${code}  ${meaning}`))
  t.is((await cli.run('help nonsense')).code, 2)
  t.regex((await cli.run('--version')).out, /^\d+\.\d+\.\d+\n$/)
})

test('F-29: an error names the option, not the internal field', async t => {
  const cases: [line: string, wrong: RegExp][] = [
    ['clients add X --profile web', /^gatehouse: --redirect-uri is required for this profile\n$/],
    [
      'clients add X --profile spa --redirect-uri https://x.example/ --pkce off',
      /^gatehouse: --pkce must be required for public clients/,
    ],
    ['clients add X --profile web --redirect-uri nonsense', /^gatehouse: --redirect-uri: "nonsense" /],
    [
      'clients add X --profile web --redirect-uri https://x.example/ --auth-method private_key_jwt',
      /^gatehouse: --jwks-file is required for private_key_jwt/,
    ],
    ['clients add X --profile machine --scope ä', /^gatehouse: --scope is not a valid scope/],
    ['providers add oauth2 --client-id x', /^gatehouse: --authorization-endpoint, --token-endpoint and --userinfo-en/],
    ['providers add google --client-id x --domain y', /^gatehouse: --domain must be a domain/],
    ['providers add google --client-id x --role-claim g --role-map a=superuser', /^gatehouse: --role-map: superuser/],
    ['providers add oidc --client-id x', /^gatehouse: --issuer is required/],
  ]
  for (const [line, wrong] of cases) {
    const { code, err } = await cli.run(line)
    t.is(code, 2, line)
    t.regex(err, wrong, line)
    t.notRegex(err, /[a-z][A-Z]/, line)
  }
})

test('F-29: for an unknown word the nearest one is suggested, or all are listed', async t => {
  const cases: [line: string, hint: RegExp][] = [
    ['foo', /unknown command 'foo'\nCommands: serve, migrate, config,/],
    ['cleints list', /Did you mean clients\?/],
    ['clients foo', /Commands: add, list, show,/],
    ['clients add X --profile wep', /Did you mean web\?/],
    ['clients add X --profle web', /Did you mean --profile\?/],
    ['clients list --jsno', /Did you mean --json\?/],
    ['clients add X --profile spa --id-token-alg RS265', /Did you mean RS256\?/],
    ['providers add gogle', /Did you mean google\?/],
    ['config explain --format markdwn', /Did you mean markdown\?/],
    ['help clints', /Did you mean clients\?/],
    ['help exit-cods', /Did you mean exit-codes\?/],
  ]
  for (const [line, hint] of cases) {
    const { code, err } = await cli.run(line)
    t.is(code, 2, line)
    t.regex(err, hint, line)
  }
})

test('--json prints one JSON document, wherever the option is', async t => {
  await cli.run('create-superuser root@example.com --password-stdin', { stdin: 'a long enough sentence' })
  await cli.run('clients add Wiki --id wiki --profile web --redirect-uri https://wiki.example.com/cb')
  for (const line of [
    '--json accounts list',
    'accounts --json list',
    'accounts list --json',
    'accounts show root@example.com --json',
    'accounts history root@example.com --json',
    'accounts roles list root@example.com --json',
    'roles list --json',
    'clients list --json',
    'clients show wiki --json',
    'clients rotate-secret wiki --json',
    'clients rotate-secret wiki --keep-old 24h --json',
    'clients secrets list wiki --json',
    'resources list --json',
    'keys list --json',
    'sessions list root@example.com --json',
    'grants list root@example.com --json',
    'migrate status --json',
    'recover root@example.com --json',
    'config explain --json',
    'help exit-codes --json',
  ]) {
    const { code, out, err } = await cli.run(line)
    t.is(code, 0, `${line}: ${err}`)
    t.notThrows(() => JSON.parse(out), line)
    t.is(err, '', line)
  }
})

test('an error is one line on standard error, without a stack trace', async t => {
  const { code, out, err } = await cli.run('clients show nobody')
  t.is(code, 3)
  t.is(out, '')
  t.is(err, 'gatehouse: there is no client "nobody"\n')
})

test('--verbose adds the stack trace; --json prints the error as JSON on standard error', async t => {
  t.regex((await cli.run('clients show nobody --verbose')).err, /^gatehouse: there is no client.*\nError: .*\n +at /)
  const { code, out, err } = await cli.run('clients show nobody --json')
  t.is(code, 3)
  t.is(out, '')
  t.deepEqual(JSON.parse(err), {
    error: { exit: 3, code: 'not_found', message: 'there is no client "nobody"' },
  })
  const usage = await cli.run('clients show --json')
  t.is(usage.out, '')
  t.like(JSON.parse(usage.err), { error: { exit: 2, code: 'usage' } })
})

test('a misspelt command or option gets a suggestion', async t => {
  const command = await cli.run('clinets list')
  t.is(command.code, 2)
  t.is(command.err, "gatehouse: unknown command 'clinets'\n(Did you mean clients?)\nAdd --help for usage.\n")
  const option = await cli.run('clients list --jsn')
  t.is(option.code, 2)
  t.regex(option.err, /Did you mean --json\?/)
  t.is((await cli.run('clients list surplus')).code, 2)
})

test('text from users cannot control the terminal', async t => {
  await cli.app.scope(async () => {
    const { registration, em } = cli.app
    const system = { kind: 'system', id: null, ip: null, userAgent: null } as const
    const account = await registration.create({ email: 'eve@example.com' }, { by: system })
    account.name = 'Eve\u001b[2J\u202egnp'
    await em.flush()
  })
  t.regex((await cli.run('accounts show eve@example.com')).out, /name +Eve\ufffd\[2J\ufffdgnp\n/)
})
