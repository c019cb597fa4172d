import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Authenticator } from '../support/authenticator.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
  await cli.run('create-superuser root@example.com --password-stdin', { stdin: PASSWORD })
})
test.after.always(() => cli?.stop())

const PASSWORD = 'a long enough sentence'
const register = (email: string) => cli.run(`accounts register ${email} --password-stdin`, { stdin: PASSWORD })

test('register, list, show: by email or by ID', async t => {
  const made = await cli.json('accounts register ada@example.com --name "Ada L." --verified --password-stdin', {
    stdin: PASSWORD,
  })
  t.like(made, { email: 'ada@example.com', name: 'Ada L.', emailVerified: true, active: true })
  t.like(await cli.json(`accounts show ${made.id}`), { email: 'ada@example.com', roles: ['subscriber'] })
  const { out } = await cli.run('accounts list --search ada@example.com')
  t.regex(out, /^EMAIL +NAME +ACTIVE +CREATED AT +ID\nada@example\.com +Ada L\. +yes +\d{4}-/)
  t.is((await cli.run('accounts list --search nobody-like-that')).out, 'No accounts found.\n')
  t.is((await cli.run('accounts list --limit 0')).code, 2)
})

test('accounts are listed in pages', async t => {
  for (const name of ['p1', 'p2', 'p3']) await register(`${name}@pages.example.com`)
  const page = (more = '') =>
    cli.json<{ id: string; email: string }[]>(`accounts list --search @pages. --limit 2 ${more}`)
  const [first, second] = await page()
  const rest = await page(`--after ${second?.id}`)
  t.deepEqual(
    [first, second, ...rest].map(account => account?.email),
    ['p3@pages.example.com', 'p2@pages.example.com', 'p1@pages.example.com'],
  )
})

test('an account can be created with a link for setting a password', async t => {
  const { url } = await cli.json<{ url: string }>('accounts register link@example.com --link')
  const token = url.slice('https://id.example.com/reset-password/'.length)
  await cli.app.scope(async () =>
    t.is((await cli.app.links.holder('reset-password', token))?.email, 'link@example.com'),
  )
})

test('an email that is taken is a conflict', async t => {
  await register('taken@example.com')
  const { code, err } = await register('TAKEN@example.com')
  t.is(code, 4)
  t.is(err, 'gatehouse: <email>: another account has this email address\n')
})

test('suspend, reinstate and sign-out are in the history', async t => {
  await register('sue@example.com')
  t.like(await cli.json('accounts suspend sue@example.com'), { active: false })
  t.like(await cli.json('accounts reinstate sue@example.com'), { active: true })
  t.is((await cli.run('accounts sign-out sue@example.com')).out, 'sue@example.com is signed out everywhere.\n')
  const events = await cli.json<{ kind: string; actor: string }[]>('accounts history sue@example.com --limit 3')
  t.deepEqual(
    events.map(event => event.kind),
    ['sessions.revoked', 'account.reinstated', 'account.suspended'],
  )
  t.true(events.every(event => event.actor === 'operator'))
})

test('reset-factors asks for confirmation, removes the second factors, and emails the owner', async t => {
  await register('fae@example.com')
  const { app } = cli
  const account = await app.scope(() => app.accounts.find('fae@example.com'))
  t.is((await cli.run('accounts reset-factors fae@example.com')).code, 4, 'it has none')
  const { proposal, secret } = app.totps.propose(account)
  const code = new Authenticator(secret, app.clock).code()
  await app.scope(() => app.factorChanges.addTotp(account, { proposal, code }, { by: operator }))

  t.like(await cli.json('accounts show fae@example.com'), {
    password: true,
    factors: ['authenticator app', '10 recovery codes'],
  })
  t.is((await cli.run('accounts reset-factors fae@example.com')).code, 2, 'there is no terminal')
  const asked = await cli.run('accounts reset-factors fae@example.com', { answers: ['no'] })
  t.not(asked.code, 0)
  t.like(await cli.json('accounts show fae@example.com'), { factors: ['authenticator app', '10 recovery codes'] })

  const { out } = await cli.run('accounts reset-factors fae@example.com', { answers: ['yes'] })
  t.is(out, 'Removed from fae@example.com: authenticator app, 10 recovery codes.\n')
  t.like(await cli.json('accounts show fae@example.com'), { factors: [] })
  const [event] = await cli.json<{ kind: string; actor: string }[]>('accounts history fae@example.com --limit 1')
  t.like(event, { kind: 'factors.reset', actor: 'operator' })
  const emails = await queuedEmails(cli, 'fae@example.com', 'factor-changed')
  t.deepEqual(
    emails.map(({ data }) => data.change),
    ['totp-added', 'reset-by-operator'],
  )
})

test('verify marks an email as verified and revokes the emailed link', async t => {
  await register('vic@example.com')
  const { app } = cli
  await app.scope(async () => app.verification.send(await app.accounts.find('vic@example.com'), { by: operator }))
  const [sent] = await queuedEmails(cli, 'vic@example.com', 'verify-email')
  const token = String(sent?.data.link).split('/').at(-1)!
  t.truthy(await app.scope(() => app.verification.look(token)))

  const { out } = await cli.run('accounts verify VIC@example.com')
  t.is(out, 'vic@example.com is now verified.\n')
  t.like(await cli.json('accounts show vic@example.com'), { emailVerified: true })
  t.is(await app.scope(() => app.verification.look(token)), null)
  t.is((await queuedEmails(cli, 'vic@example.com', 'welcome')).length, 1)
  const [event] = await cli.json<{ kind: string; actor: string }[]>('accounts history vic@example.com --limit 1')
  t.like(event, { kind: 'email.verified', actor: 'operator' })

  t.is((await cli.run('accounts verify vic@example.com')).out, 'vic@example.com is already verified.\n')
  t.is((await queuedEmails(cli, 'vic@example.com', 'welcome')).length, 1)
  t.is((await cli.run('accounts verify nobody@example.com')).code, 3)
})

test('remove erases an account after its email has been typed', async t => {
  await register('eve@example.com')
  const { id } = await cli.json<{ id: string }>('accounts show eve@example.com')
  t.is((await cli.run('accounts remove eve@example.com')).code, 2, 'there is no terminal')
  for (const answer of ['', 'y', 'yes', 'ada@example.com']) {
    const { code, asked } = await cli.run('accounts remove eve@example.com', { answers: [answer] })
    t.is(code, 130, answer)
    t.regex(
      asked[0]!,
      /^This removes everything stored about eve@example\.com, for good\. Type eve@example\.com to confirm: $/,
    )
  }
  t.is((await cli.run('accounts show eve@example.com')).code, 0)

  t.is((await cli.run('accounts remove eve@example.com', { answers: [' Eve@example.com '] })).code, 0)
  t.is((await cli.run('accounts show eve@example.com')).code, 3)
  const events = await cli.app.scope(() => cli.app.audit.of(id))
  t.like(events[0]?.summary(), { kind: 'account.erased', actor: 'operator' })

  await register('eve@example.com')
  const { id: again } = await cli.json<{ id: string }>('accounts show eve@example.com')
  t.like(await cli.json('accounts remove eve@example.com --yes'), { email: 'eve@example.com', removed: again })
  t.is((await cli.run('accounts remove eve@example.com --yes')).code, 3)
})

test('roles are created, assigned, unassigned and removed', async t => {
  const roles = async (line: string) => (await cli.json<{ role: string }[]>(line)).map(({ role }) => role)
  await register('rob@example.com')
  t.like(await cli.json('roles create editor --description "Changes articles"'), { name: 'editor', builtIn: false })
  t.is((await cli.run('roles create editor')).code, 4)
  t.is((await cli.run('roles create "No such"')).code, 2)
  t.like(await cli.json('roles update editor --description "Changes all"'), { description: 'Changes all' })
  t.deepEqual(await roles('accounts roles add rob@example.com editor admin'), ['admin', 'editor', 'subscriber'])
  t.deepEqual(await roles('accounts roles remove rob@example.com admin'), ['editor', 'subscriber'])
  t.is((await cli.run('accounts roles remove rob@example.com admin')).code, 3)
  t.is((await cli.run('accounts roles add rob@example.com nonsense')).code, 3)
  t.regex(
    (await cli.run('accounts roles list rob@example.com')).out,
    /^ROLE +GIVEN AT +GIVEN BY +ENDS AT\neditor +\S+Z +operator +-\nsubscriber /,
  )
  t.is((await cli.run('roles remove editor', { answers: ['yes'] })).code, 0)
  t.deepEqual(await roles('accounts roles list rob@example.com'), ['subscriber'])
  t.is((await cli.run('roles remove subscriber --yes')).code, 5)
  t.deepEqual(
    (await cli.json<{ name: string }[]>('roles list')).map(role => role.name),
    ['admin', 'subscriber', 'superuser'],
  )
})

test('the last superuser cannot lose the role, be suspended or be removed', async t => {
  for (const line of [
    'accounts roles remove root@example.com superuser',
    'accounts suspend root@example.com',
    'accounts remove root@example.com --yes',
  ]) {
    const { code, err } = await cli.run(line)
    t.is(code, 5, line)
    t.is(err, 'gatehouse: root@example.com is the last superuser; make someone else a superuser first\n')
  }
  t.like(await cli.json('accounts show root@example.com'), { active: true, roles: ['subscriber', 'superuser'] })
})

test('sessions, grants and consents are listed and revoked', async t => {
  const { id } = await cli.json<{ id: string }>('accounts register vera@example.com --password-stdin', {
    stdin: PASSWORD,
  })
  await cli.run('clients add Wiki --id wiki --profile web --redirect-uri https://wiki.example.com/cb')
  const exp = Math.floor(Date.now() / 1000) + 600
  const grant = (name: string) => ({ jti: name, accountId: id, clientId: 'wiki', openid: { scope: 'openid' }, exp })
  const session = (name: string) => ({ jti: name, uid: `uid-${name}`, accountId: id, loginTs: exp - 700, exp })
  const { artifacts } = cli.app
  for (const name of ['g1', 'g2']) {
    await artifacts.commit([{ do: 'put', kind: 'Grant', id: name, payload: grant(name), ttl: 600 }])
    await artifacts.commit([{ do: 'put', kind: 'Session', id: `s${name}`, payload: session(`s${name}`), ttl: 600 }])
  }

  const sessions = await cli.json<{ key: string }[]>('sessions list vera@example.com')
  t.is(sessions.length, 2)
  t.is((await cli.run(`sessions revoke vera@example.com ${sessions[0]?.key}`)).code, 0)
  t.is((await cli.run('sessions revoke vera@example.com nonsense')).code, 3)
  t.is((await cli.json<unknown[]>('sessions list vera@example.com')).length, 1)

  t.is((await cli.json<unknown[]>('grants list vera@example.com')).length, 2)
  t.deepEqual(await cli.json('grants revoke vera@example.com g1'), { account: id, revoked: ['g1'] })
  t.is((await cli.run('grants revoke vera@example.com g1')).code, 3)
  t.is((await cli.run('grants revoke vera@example.com --client nonsense')).code, 3)
  const [ended] = await cli.json<{ kind: string; actor: string; target: string }[]>(
    'accounts history vera@example.com --kind grant.',
  )
  t.like(ended, { kind: 'grant.revoked', actor: 'operator', target: 'wiki' })
  t.is(
    (await cli.run('grants revoke vera@example.com')).code,
    2,
    'all are revoked only after confirmation or with --yes',
  )
  t.like(await cli.json('consents revoke vera@example.com wiki'), { revoked: true })
  t.deepEqual(await cli.json('grants list vera@example.com'), [])
  t.is((await cli.run('consents revoke vera@example.com wiki')).code, 3)

  t.is((await cli.run('accounts sign-out vera@example.com')).code, 0)
  t.is((await cli.run('sessions list vera@example.com')).out, 'vera@example.com has no active sessions.\n')
})

test('F-14: operators can set usernames, find accounts by them, and see what is wrong with one', async t => {
  const made = await cli.json('accounts register uma@example.com --username Uma.Thur --password-stdin', {
    stdin: PASSWORD,
  })
  t.like(made, { username: 'uma.thur' })
  await register('una@example.com')
  t.like(await cli.json('accounts update una@example.com --username una --name Una'), { username: 'una', name: 'Una' })
  t.like(await cli.json('accounts show UNA'), { email: 'una@example.com' })
  for (const [username, code, said] of [
    ['uma.thur', 4, /^gatehouse: --username: taken, or too similar/],
    ['admin', 2, /^gatehouse: --username: reserved; choose another one/],
    ['u', 2, /^gatehouse: --username must have at least 2 characters/],
    ['u@na', 2, /^gatehouse: --username: only letters, digits/],
  ] as const) {
    const update = await cli.run(`accounts update una --username ${username}`)
    t.is(update.code, code, username)
    t.regex(update.err, said)
    const registered = await cli.run(`accounts register x${code}@example.com --username ${username} --link`)
    t.is(registered.code, code, username)
    t.regex(registered.err, said)
  }
  t.is((await cli.run('accounts show x4@example.com')).code, 3)
  t.like(await cli.json('accounts update una --username none'), { username: null, name: 'Una' })
  t.is((await cli.run('accounts update una@example.com')).code, 2)
})

test('an administrator gets a link with which they act as a person, if they have the permission', async t => {
  await register('ana@act.example.com')
  await register('ada@act.example.com')
  for (const name of ['ana@act.example.com', 'ada@act.example.com', 'root@example.com'])
    await cli.run(`accounts verify ${name}`)
  const reason = '--reason "Ticket 4711: the invoice page is empty"'
  const made = await cli.json(`accounts impersonate ana@act.example.com --by root@example.com ${reason} --minutes 5`)
  t.regex(String(made.url), /^https:\/\/id\.example\.com\/impersonation\/[\w-]{43}$/)
  const { out } = await cli.run(`accounts impersonate ana@act.example.com --by root@example.com ${reason}`)
  t.regex(out, /^Only root@example\.com can use it: once, within 5 minutes, with a second factor\.\n\n {2}https:/)
  for (const [refused, words] of [
    [`ana@act.example.com --by ada@act.example.com ${reason}`, /does not have the permission accounts:impersonate/],
    [`root@example.com --by root@example.com ${reason}`, /as yourself/],
    ['ana@act.example.com --by root@example.com --reason short', /10 to 500 characters/],
    [`ana@act.example.com --by root@example.com ${reason} --minutes 61`, /from 1 to 60/],
  ] as const) {
    const { code, err } = await cli.run(`accounts impersonate ${refused}`)
    t.not(code, 0)
    t.regex(err, words)
  }
})
