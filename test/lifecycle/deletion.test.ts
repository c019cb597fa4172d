import test from 'ava'
import { Redis } from 'ioredis'
import { type Actor, operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h', DELETION_GRACE: '3d' } })
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const DAY = 24 * 60 * 60
const schedule = (id: string, exceptSession?: string) =>
  testAccounts.with(id, account =>
    app.deletion.schedule(account, { by: stranger(), ...(exceptSession ? { exceptSession } : {}) }),
  )

test.serial('an account is erased when its grace period ends, and not before', async t => {
  const ada = await makePerson(gatehouse)
  const due = await schedule(ada.id)
  t.true(Math.abs(due.getTime() - clock.now().getTime() - 3 * DAY * 1000) < 60_000)
  clock.advance(3 * DAY - 60)
  await new Sweeper(app).sweep()
  t.true(await testAccounts.exists(ada.email))
  clock.advance(61)
  const other = (await gatehouse.another()).app
  const swept = await Promise.all([app, other].map(({ scope, deletion }) => scope(() => deletion.due())))
  t.is(swept[0]! + swept[1]!, 1, 'two processes at once erase it once')
  t.false(await testAccounts.exists(ada.email))
  t.is((await testAccounts.history(ada.id)).filter(kind => kind === 'account.erased').length, 1)
})

test.serial('no personal data is left in the database or in Redis', async t => {
  const { id, email, name } = await makePerson(gatehouse, { name: 'Xaverine' })
  const by: Actor = { kind: 'account', id, ip: '203.0.113.77', userAgent: 'Xavernaut/1.0' }
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(url, { 'user-agent': 'Xavernaut/1.0' })
  await rp.signInToStay({ id, email, name, password: PASSWORD }, browser)
  const profile = { nickname: 'Xaverine the Great', phone_number: '+4915112345678', locale: 'de' }
  await testAccounts.with(id, account => app.profiles.update(account, profile, { by }))
  const anonymous = { ...by, kind: 'visitor', id: null } as const
  await app.scope(() => app.passwordReset.request(email, { by: anonymous }))
  await t.throwsAsync(app.scope(() => app.signIn.withPassword({ email, password: 'wrong' }, { by: anonymous })))
  const bystander = await makePerson(gatehouse)
  const assignRole = (account: Parameters<typeof app.assignments.assign>[0]) =>
    app.assignments.assign(account, ['admin'], { by })
  await testAccounts.with(bystander.id, assignRole)
  t.true((await traces(id)).length > 5)
  t.true((await traces(email, name, '203.0.113.77', 'Xavernaut')).length > 5)

  await testAccounts.with(id, account => app.erasure.of(account, { by }))

  t.deepEqual(await traces(email, name, '203.0.113.77', 'Xavernaut', '4915112345678'), [])
  const left = new Set((await traces(id)).map(trace => trace.split(' ')[0]))
  const unidentified = ['public.assignment', 'public.audit_event']
  t.deepEqual(
    [...left].sort(),
    unidentified,
    'who assigned a role to someone else is an id that no longer identifies anyone',
  )
  t.true(
    (await testAccounts.history(bystander.id)).includes('role.assigned'),
    'actions on other accounts stay in the audit log',
  )
})

test('scheduling a deletion signs out everywhere and sends an email with a link that cancels it', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  await schedule(ada.id)
  t.deepEqual(await app.sessions.of(ada.id), [])
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.deepEqual(await testAccounts.emails(ada.email), ['deletion-scheduled'])

  const link = await testAccounts.link(ada.email, 'deletion-scheduled')
  const browser = await new Browser(url).open(link)
  t.is(browser.heading, 'Keep your account?')
  t.truthy((await testAccounts.account(ada.id)).deletionDue, 'opening the link changes nothing')
  await browser.submit()
  t.is(browser.heading, 'Your account stays')
  t.is((await testAccounts.account(ada.id)).deletionDue, null)
  t.deepEqual(await testAccounts.emails(ada.email), ['deletion-scheduled', 'deletion-cancelled'])
  await browser.open(link)
  t.is(browser.heading, 'Your account stays', 'F-13: opened again, the link shows the current state')
  await schedule(ada.id)
  t.is((await browser.open(link)).page.status, 404)
  t.truthy((await testAccounts.account(ada.id)).deletionDue)
})

test('signing in cancels the deletion and sends an email; a wrong password does not', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  await schedule(ada.id)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: 'wrong' })
  t.truthy((await testAccounts.account(ada.id)).deletionDue)
  await browser.submit({ email: ada.email, password: PASSWORD })
  t.is((await testAccounts.account(ada.id)).deletionDue, null)
  t.is((await testAccounts.emails(ada.email)).at(-1), 'deletion-cancelled')
  await t.throwsAsync(
    app.scope(async () =>
      app.deletion.cancelByLink(await testAccounts.token(ada.email, 'deletion-scheduled'), { by: stranger() }),
    ),
    { instanceOf: Forbidden },
  )
})

test('the browser that requested the deletion can stay signed in; others are signed out', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const here = await rp.signIn(ada)
  const [mine] = await app.sessions.of(ada.id)
  const there = await rp.signIn(ada)
  t.is((await app.sessions.of(ada.id)).length, 2)
  await schedule(ada.id, mine!.uid)
  t.deepEqual(
    (await app.sessions.of(ada.id)).map(({ uid }) => uid),
    [mine!.uid],
  )
  for (const [{ browser }, stays] of [
    [here, true],
    [there, false],
  ] as const) {
    await browser.open((await rp.begin()).url.href)
    t.is(browser.field('password') === undefined, stays)
  }
})

test('scheduling twice changes nothing', async t => {
  const ada = await makePerson(gatehouse)
  const due = await schedule(ada.id)
  t.deepEqual(await schedule(ada.id), due)
  t.is((await testAccounts.emails(ada.email)).length, 1)
})

test.serial(
  'A-05: the last superuser cannot be erased, and of two that are deleted at once, in two processes, one stays',
  async t => {
    const first = await makePerson(gatehouse, { roles: ['superuser'] })
    const refusal = await t.throwsAsync(schedule(first.id), { instanceOf: Forbidden })
    t.is(refusal?.code, 'last_superuser')
    const erasing = testAccounts.with(first.id, account => app.erasure.of(account, { by: operator }))
    await t.throwsAsync(erasing, { instanceOf: Forbidden })

    const second = await makePerson(gatehouse, { roles: ['superuser'] })
    const other = (await gatehouse.another()).app
    const results = await Promise.allSettled(
      [
        { id: first.id, at: app },
        { id: second.id, at: other },
      ].map(({ id, at }) => at.scope(async () => at.deletion.schedule(await at.accounts.find(id), { by: stranger() }))),
    )
    t.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const [stays] = (await Promise.all([first, second].map(({ id }) => testAccounts.account(id)))).filter(
      account => !account.deletionDue,
    )
    await t.throwsAsync(
      app.scope(() => app.suspension.suspend(stays!.id, { by: operator })),
      { instanceOf: Forbidden },
    )
    await t.throwsAsync(
      testAccounts.with(stays!.id, account => app.assignments.unassign(account, ['superuser'], { by: operator })),
      { instanceOf: Forbidden },
    )
    clock.advance(4 * DAY)
    await app.scope(() => app.deletion.due())
    t.true(await testAccounts.exists(stays!.email))
  },
)

test('an erased account no longer exists for the protocol', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)
  await testAccounts.with(ada.id, account => app.erasure.of(account, { by: operator }))
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await browser.open((await rp.begin()).url.href)
  t.not(browser.field('password'), undefined)
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
})

/** All stored rows and Redis values that contain any of the texts, as `schema.table row` or `redis key value`. */
async function traces(...texts: string[]): Promise<string[]> {
  const em = app.em.fork()
  const tables = await em.execute<{ name: string }[]>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await em.execute<{ row: string }[]>(`select t::text as row from ${name} t`)
    found.push(...rows.map(({ row }) => `${name} ${row}`))
  }
  if (app.config.redisUrl) {
    const redis = new Redis(app.config.redisUrl)
    for (const key of await redis.keys('*')) found.push(`redis ${key} ${await content(redis, key)}`)
    redis.disconnect()
  }
  // Rate limits by address expire within an hour. Queued emails are encrypted, and are deleted within days.
  return found.filter(each => !each.includes('limit:') && texts.some(text => each.includes(text)))
}

async function content(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'string') return (await redis.get(key)) ?? ''
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'set') return (await redis.smembers(key)).join()
  if (type === 'zset') return (await redis.zrange(key, '0', '-1')).join()
  return ''
}
