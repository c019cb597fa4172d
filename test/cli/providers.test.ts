import { generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import { KINDS } from '../../src/federation/providers/presets.ts'
import { Upstream } from '../support/upstream.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
let closed: CommandLine
test.before(async () => {
  cli = await openCommandLine()
  closed = await openCommandLine({ REGISTRATION: 'closed' })
})
test.after.always(() => Promise.all([cli?.stop(), closed?.stop()]))

const SECRET = 'hunter2-hunter2-hunter2'
const files = { 'secret.txt': `${SECRET}\n` }

interface Summary {
  name: string
  redirectUri: string
  steps: string[]
  issuer: string | null
  scopes: string[]
  settings: Record<string, string>
  mapping: { email: string; emailVerified: unknown; profile: Record<string, string> }
  policy: Record<string, unknown>
  [property: string]: unknown
}

interface Preview {
  outcome: string
  because: string
  roles: string[]
  [property: string]: unknown
}

const P8 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

/** What each kind needs beyond a client. */
const NEEDS: Record<string, string> = {
  microsoft: '--tenant organizations',
  apple: '--team-id A1B2C3D4E5 --key-id F6G7H8I9J0',
  oidc: '--issuer https://sso.example.org',
  oauth2:
    '--authorization-endpoint https://a.example.org/auth --token-endpoint https://a.example.org/token' +
    ' --userinfo-endpoint https://a.example.org/me',
}

let names = 0
/** A provider of its own for each test. */
async function added(options = '', kind = 'oidc'): Promise<Summary> {
  const secret = kind === 'apple' ? String(P8) : SECRET
  return cli.json<Summary>(
    `providers add ${kind} --name p${names++} --client-id us --client-secret-file - ${NEEDS[kind] ?? ''} ${options}`,
    { stdin: secret },
  )
}

for (const kind of KINDS) {
  test(`add ${kind} prints how to register Gatehouse there, with its addresses filled in`, async t => {
    const name = `here-${kind}`
    const line = `providers add ${kind} --name ${name} --client-id us --client-secret-file - ${NEEDS[kind] ?? ''}`
    const { code, out, err } = await cli.run(line, { stdin: kind === 'apple' ? String(P8) : SECRET })
    t.is(code, 0, err)
    t.true(out.includes(`https://id.example.com/federation/${name}/callback`))
    t.regex(out, /^ {2}1\. /m)
    t.notRegex(out, /\{\w+\}/)
    t.false(out.includes(SECRET) || out.includes('PRIVATE KEY'))
  })
}

test('A-07: the client secret is read from a file and never appears in answers, the log or the database', async t => {
  const line = 'providers add google --name quiet --client-id us --client-secret-file secret.txt'
  const { code, out, err } = await cli.run(line, { files })
  t.is(code, 0, err)
  const shown = await Promise.all(['show quiet', 'list', 'show quiet --json'].map(verb => cli.run(`providers ${verb}`)))
  const rows = await cli.app.em.fork().execute('select * from identity_provider')
  t.false(JSON.stringify([out, err, shown, rows]).includes(SECRET))
  t.like(await cli.json('providers show quiet'), { hasSecret: true, sealedSecret: undefined, secret: undefined })
  const secret = await cli.app.scope(async () =>
    cli.app.identityProviders.secretOf(await cli.app.identityProviders.find('quiet')),
  )
  t.is(secret, SECRET)
  t.is((await cli.run('providers add google --client-secret hunter2')).code, 2)
})

test('at a terminal, instructions come first, then missing values are asked for', async t => {
  const answers = ['com.example.id', 'A1B2C3D4E5', 'F6G7H8I9J0', 'key.p8']
  const { code, out, err, asked } = await cli.run('providers add apple --name apple-asked', {
    answers,
    files: { 'key.p8': String(P8) },
  })
  t.is(code, 0, err)
  t.regex(err, /Services ID[\s\S]+federation\/apple-asked\/callback/)
  t.is(asked.length, 4)
  t.regex(out, /redirect URI +https:\/\/id\.example\.com\/federation\/apple-asked\/callback/)
  t.like(await cli.json('providers show apple-asked'), {
    clientId: 'com.example.id',
    settings: { 'team-id': 'A1B2C3D4E5', 'key-id': 'F6G7H8I9J0' },
  })
})

test('without a terminal, missing options are named', async t => {
  const lines: [string, RegExp][] = [
    ['add google --name x', /client ID.*\n.*providers kinds google/],
    ['add google --name x --client-id us', /client secret.*\n.*--client-secret-file/],
    ['add microsoft --name x --client-id us --client-secret-file secret.txt', /--tenant/],
    ['add oidc --name x --client-id us', /issuer/],
    [
      'add oauth2 --name x --client-id us',
      /--authorization-endpoint, --token-endpoint and --userinfo-endpoint are required/,
    ],
    ['add apple --name x --client-id us --team-id a --key-id b --client-secret-file secret.txt', /\.p8/],
    ['add google --name Ünfug --client-id us --client-secret-file secret.txt', /name/],
    ['add google --name x --client-id us --client-secret-file secret.txt --tenant y', /tenant/],
    ['add google --name x --client-id us --client-secret-file secret.txt --role-map a=admin', /--role-claim/],
    ['add google --name x --client-id us --client-secret-file secret.txt --role superuser', /superuser/],
  ]
  for (const [line, message] of lines) {
    const { code, err } = await cli.run(`providers ${line}`, { files })
    t.is(code, 2, line)
    t.regex(err, message, line)
  }
  t.is((await cli.run('providers show x')).code, 3)
  const unknownRole = await cli.run(
    'providers add google --client-id us --client-secret-file secret.txt --role nobodys',
    {
      files,
    },
  )
  t.is(unknownRole.code, 3)
  t.regex(unknownRole.err, /no role "nobodys"/)
})

test('every part of a definition has an option', async t => {
  const summary = await added(
    '--title "Example SSO" --scope openid --scope groups --map name=display.name --map picture=none --map email=mail' +
      ' --email-verified checked=true --email-verified checked=1 --no-registration --domain example.com --no-linking --role admin' +
      ' --role-claim groups --role-map cn=staff,dc=example=admin --role-map boss=admin --profile always --trust-amr mfa' +
      ' --trust-acr urn:two --keep-tokens --no-sign-out --position 7',
  )
  t.like(summary, { title: 'Example SSO', scopes: ['openid', 'groups'], position: 7, enabled: true })
  t.like(summary.mapping, { email: 'mail', emailVerified: { claim: 'checked', values: [true, 1] } })
  t.like(summary.mapping.profile, { name: 'display.name', picture: undefined, given_name: 'given_name' })
  t.deepEqual(summary.policy, {
    registration: false,
    domains: ['example.com'],
    linking: false,
    roles: ['admin'],
    roleMapping: { claim: 'groups', roles: { 'cn=staff,dc=example': ['admin'], boss: ['admin'] } },
    profile: 'always',
    trustedAmr: ['mfa'],
    trustedAcr: ['urn:two'],
    keepTokens: true,
    signOut: false,
  })
})

test('update changes only the given options', async t => {
  const { name } = await added('--domain example.com --role admin --keep-tokens')
  const before = await cli.json<Summary>(`providers show ${name}`)
  const after = await cli.json<Summary>(`providers update ${name} --domain none --map nickname=nick --title "New"`)
  t.is(after.title, 'New')
  t.deepEqual(after.policy, { ...before.policy, domains: [] })
  t.deepEqual(after.mapping, { ...before.mapping, profile: { ...before.mapping.profile, nickname: 'nick' } })
  t.like(after, { issuer: before.issuer, clientId: 'us', hasSecret: true, scopes: before.scopes })
  await cli.run(`providers update ${name} --client-secret-file -`, { stdin: 'another' })
  const { app } = cli
  t.is(await app.scope(async () => app.identityProviders.secretOf(await app.identityProviders.find(name))), 'another')
  const apple = await added('', 'apple')
  const rotated = await cli.json<Summary>(`providers update ${apple.name} --key-id NEWKEY0001`)
  t.deepEqual(rotated.settings, { 'team-id': 'A1B2C3D4E5', 'key-id': 'NEWKEY0001' })
})

test('GitHub Enterprise Server has other endpoints and no known issuer', async t => {
  const summary = await added('--authorization-endpoint https://git.example.org/login/oauth/authorize', 'github')
  t.like(summary, { issuer: null })
  t.like(summary.endpoints, {
    authorization: 'https://git.example.org/login/oauth/authorize',
    emails: 'https://api.github.com/user/emails',
  })
  t.is((await added('', 'github')).issuer, 'https://github.com/login/oauth')
})

test('a provider can be disabled, enabled, listed, and removed after confirmation', async t => {
  const { name } = await added('--title Switchable')
  t.like(await cli.json(`providers disable ${name}`), { enabled: false })
  t.like(await cli.json(`providers enable ${name}`), { enabled: true })
  t.regex((await cli.run('providers list')).out, /Switchable/)
  t.is((await cli.run(`providers remove ${name}`)).code, 2)
  t.not((await cli.run(`providers remove ${name}`, { answers: ['n'] })).code, 0)
  t.is((await cli.run(`providers remove ${name}`, { answers: ['y'] })).code, 0)
  t.is((await cli.run(`providers show ${name}`)).code, 3)
  t.is((await cli.run(`providers add oidc --name ${name} --client-id us --issuer https://a.example`)).code, 0)
  t.is((await cli.run(`providers add oidc --name ${name} --client-id us --issuer https://a.example`)).code, 4)
})

test('kinds lists the presets, and shows how to register with one', async t => {
  t.deepEqual(
    (await cli.json<{ kind: string }[]>('providers kinds')).map(({ kind }) => kind),
    [...KINDS],
  )
  const { out } = await cli.run('providers kinds vk')
  t.regex(out, /1\. .+\n[\s\S]+https:\/\/id\.example\.com\/federation\/vk\/callback/)
  t.is((await cli.run('providers kinds myspace')).code, 2)
})

test('with REGISTRATION=closed a provider creates no accounts without --registration', async t => {
  const line = 'providers add google --client-id us --client-secret-file secret.txt'
  const { code, err } = await closed.run(line, { files })
  t.is(code, 0)
  t.regex(err, /REGISTRATION=closed[\s\S]+providers update google --registration/)
  t.like((await closed.json<Summary>('providers show google')).policy, { registration: null })
  const predicted = await closed.json<Preview>('providers preview google', {
    stdin: JSON.stringify({ sub: '1', email: 'ada@example.com', email_verified: true }),
  })
  t.is(predicted.outcome, 'refused')
  const open = await closed.run(`${line} --name open --registration`, { files })
  t.is(open.err, '')
  t.like((await closed.json<Summary>('providers show open')).policy, { registration: true })
})

test('preview shows the result of claims and changes nothing', async t => {
  const { name } = await added('--role admin --role-claim groups --role-map staff=admin')
  const preview = (claims: object, of = name) =>
    cli.json<Preview>(`providers preview ${of}`, { stdin: JSON.stringify(claims) })
  const verifiedClaims = {
    sub: '1',
    email: 'Ada@Example.com',
    email_verified: true,
    groups: ['staff'],
    given_name: 'Ada',
  }
  t.like(await preview(verifiedClaims), {
    outcome: 'new-account',
    subject: '1',
    email: 'ada@example.com',
    emailVerified: true,
    name: 'Ada',
    profile: { given_name: 'Ada' },
    roles: ['subscriber', 'admin'],
    unknownRoles: [],
  })
  t.is((await preview({ ...verifiedClaims, email_verified: 'true' })).outcome, 'missing-email')
  t.is((await preview({ sub: '1' })).outcome, 'missing-email')
  await cli.run(`providers update ${name} --domain example.org`)
  t.like(await preview(verifiedClaims), { outcome: 'refused', roles: ['admin'] })
  await cli.run(`providers update ${name} --domain none --no-registration`)
  t.is((await preview({ sub: '1', email: 'new@example.com', email_verified: true })).outcome, 'refused')
  await cli.run('accounts register taken@example.com --link --verified')
  const taken = { sub: '2', email: 'taken@example.com', email_verified: true }
  t.is((await preview(taken)).outcome, 'link-account')
  await cli.run(`providers update ${name} --no-linking`)
  t.is((await preview(taken)).outcome, 'refused')
  t.is((await cli.run('accounts show ada@example.com')).code, 3)
  t.is((await cli.run(`providers preview ${name}`, { stdin: 'no claims' })).code, 2)
  t.is((await cli.run(`providers preview ${name}`, { stdin: '{"email":"a@example.com"}' })).code, 2)
  const { out } = await cli.run(`providers preview ${name}`, { stdin: JSON.stringify(verifiedClaims) })
  t.regex(out, /profile\.given_name +Ada/)
})

test('preview of a connected identity names its account', async t => {
  const { name } = await added()
  await cli.run('accounts register known@example.com --link --verified')
  const { app } = cli
  await app.scope(async () => {
    const account = await app.accounts.find('known@example.com')
    const provider = await app.identityProviders.find(name)
    const identity = identityOf(provider, { sub: '7' })
    await app.identityLinks.add(account, provider, { identity, tokens: null }, { by: operator })
  })
  const of = async () => cli.json<Preview>(`providers preview ${name}`, { stdin: '{"sub":"7"}' })
  t.like(await of(), { outcome: 'returning', because: 'signs in as known@example.com' })
  t.like(await cli.json(`providers show ${name}`), { connections: 1 })
  await cli.run('accounts suspend known@example.com')
  t.is((await of()).outcome, 'refused')
  t.regex((await cli.run(`providers remove ${name}`, { answers: ['n'] })).asked[0] ?? '', /Connected accounts: 1;/)
})

test('providers test prints what is wrong and what to register', async t => {
  const { name } = await added('--issuer https://127.0.0.1:9')
  const { code, out, err } = await cli.run(`providers test ${name}`)
  t.is(code, 7)
  t.regex(out, /WRONG +discovery/)
  t.true(out.includes(`https://id.example.com/federation/${name}/callback`))
  t.regex(err, /failed the check: discovery/)
  t.is((await cli.run('providers test nobody')).code, 3)
  const upstream = await Upstream.start()
  const reaching = await openCommandLine({ OUTBOUND_ALLOW: upstream.host })
  await reaching.run(`providers add oidc --client-id us --issuer ${upstream.url}`)
  const answer = await reaching.json<{ findings: { check: string; ok: boolean | null }[] }>('providers test oidc')
  t.deepEqual(
    answer.findings.filter(({ ok }) => ok === false),
    [],
  )
  upstream.close()
  await reaching.stop()
})
