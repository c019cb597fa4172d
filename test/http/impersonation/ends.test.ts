import test, { type ExecutionContext } from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs, impersonationLink, makeAdministrator, signInAs } from '../../support/impersonation.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import { waitFor } from '../../support/wait-for.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' }, clock })
const { app, url } = gatehouse
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())

type Acting = Awaited<ReturnType<typeof actAs>>

/** Also signs in to an application. */
async function acting(t: ExecutionContext, options: Parameters<typeof actAs>[2] = {}) {
  const found = await actAs(t, gatehouse, options)
  const { tokens } = await rp.signIn(found.ana, {}, found.browser)
  return { ...found, token: tokens.access_token }
}

const isActive = async (token: string) => (await rp.post('/token/introspection', { token })).body.active
const endsOf = (id: string) =>
  app.scope(async () => (await app.audit.of(id, { kinds: ['impersonation.ended'] })).map(({ reason }) => reason))

/** Checks that it is over: the tokens, the session of the person and the banner. @param why the recorded reason */
async function isOver(t: ExecutionContext, { browser, ana, token }: Acting & { token: string }, why: string) {
  t.false(await isActive(token))
  const silent = new Browser(url)
  for (const [key, cookie] of browser.cookies) silent.cookies.set(key, cookie)
  await browser.open(`${url}/account`)
  t.is(browser.heading, 'The support session has ended')
  t.false(browser.text.includes('support session until'))
  t.deepEqual(await endsOf(ana.id), [why])
  await app.scope(() => app.impersonationEnds.settleAll())
  t.deepEqual(await endsOf(ana.id), [why])
  t.deepEqual(await app.scope(() => app.sessions.of(ana.id)), [])
}

test.serial('it ends at the stated time, however much it is used, and leads back', async t => {
  const found = await acting(t, { minutes: 10 })
  for (let minute = 1; minute < 10; minute += 2) {
    clock.advance(120)
    if (minute < 9) t.is((await found.browser.open(`${url}/account`)).page.status, 200)
  }
  await isOver(t, found, 'time')
  t.true(found.browser.text.includes(found.olga.email))
  t.true((await found.browser.open(`${url}/account`)).text.includes(found.olga.email))
})

test.serial('a browser that drops expired cookies shows the end by time too, and then the administrator', async t => {
  const { ana, olga, browser } = await actAs(t, gatehouse, { minutes: 1 })
  // The protocol library sets the cookie again.
  await rp.signIn(ana, {}, browser)
  clock.advance(61)
  for (const [key, { expires }] of browser.cookies) if (expires <= clock.now().getTime()) browser.cookies.delete(key)
  await browser.open(`${url}/account`)
  t.is(browser.heading, 'The support session has ended')
  t.true(browser.text.includes(olga.email))
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
})

test.serial('the end by time is recorded, and the session ended, also if the browser does not return', async t => {
  const { ana } = await acting(t, { minutes: 1 })
  clock.advance(61)
  t.is(await app.scope(() => app.impersonationEnds.settleAll()), 1)
  t.deepEqual(await endsOf(ana.id), ['time'])
  t.deepEqual(await app.scope(() => app.sessions.of(ana.id)), [])
})

test.serial('a link expires after five minutes', async t => {
  const [olga, ana] = [await makeAdministrator(gatehouse), await makePerson(gatehouse, { name: 'Ana' })]
  const link = await impersonationLink(gatehouse, olga, ana)
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}${link}`), olga)
  t.is(browser.heading, 'Act as Ana?')
  clock.advance(5 * 60 + 1)
  await browser.submit({}, { action: link })
  t.is(browser.page.status, 404)
  t.is((await browser.open(`${url}${link}`)).page.status, 404)
})

const ways: [string, string, (found: Acting) => Promise<unknown>][] = [
  [
    'the administrator loses the role',
    'administrator',
    async ({ olga }) => app.assignments.unassign(await app.accounts.find(olga.id), ['superuser'], { by: operator }),
  ],
  ['the administrator is suspended', 'administrator', ({ olga }) => app.suspension.suspend(olga.id, { by: operator })],
  [
    'the administrator is erased',
    'administrator',
    async ({ olga }) => app.erasure.of(await app.accounts.find(olga.id), { by: operator }),
  ],
  [
    'the administrator is signed out everywhere',
    'administrator',
    async ({ olga }) => {
      // A sign-out counts for sign-ins of earlier seconds.
      clock.advance(2)
      await app.signOut.of(await app.accounts.find(olga.id), { by: operator })
    },
  ],
  [
    "the administrator's own session is revoked",
    'administrator',
    async ({ olga }) => {
      const [session] = await app.sessions.of(olga.id)
      await app.sessions.revoke(olga.id, session!.key, { by: operator })
    },
  ],
  [
    'the person gets more rights than the administrator',
    'administrator',
    async ({ ana }) => app.assignments.assign(await app.accounts.find(ana.id), ['superuser'], { by: operator }),
  ],
  ['the person is suspended', 'revoked', ({ ana }) => app.suspension.suspend(ana.id, { by: operator })],
  [
    'an operator ends its session',
    'revoked',
    async ({ ana }) => {
      const session = (await app.sessions.of(ana.id)).find(each => each.impersonatedBy !== null)
      await app.sessions.revoke(ana.id, session!.key, { by: operator })
    },
  ],
  [
    'the person ends all sessions',
    'revoked',
    async ({ ana }) => app.sessions.revokeOthers(ana.id, null, { by: { ...operator, kind: 'account', id: ana.id } }),
  ],
]

for (const [what, why, end] of ways) {
  test.serial(`it ends at once when ${what}`, async t => {
    await makePerson(gatehouse, { roles: ['superuser'] })
    const roles = what.startsWith('the person gets') ? ['helper'] : ['superuser']
    if (roles[0] === 'helper')
      await app.scope(() =>
        app.roles.create({ name: 'helper', permissions: ['accounts:impersonate'] }, { by: operator }),
      )
    const found = await acting(t, { administrator: await makeAdministrator(gatehouse, roles) })
    t.true(await isActive(found.token))
    await app.scope(async () => end(found))
    await isOver(t, found, why)
  })
}

test.serial('the button ends it, with its tokens and its session', async t => {
  const { ana, olga, browser, token } = await acting(t)
  const thief = browser.copy()
  await browser.open(`${url}/account`)
  await browser.submit({}, { action: '/impersonation/end' })
  t.false(await isActive(token))
  t.deepEqual(await endsOf(ana.id), ['button'])
  t.deepEqual(await app.scope(() => app.sessions.of(ana.id)), [])
  t.is((await thief.open(`${url}/account`)).heading, 'The support session has ended')
  t.false(thief.text.includes(olga.email))
  clock.advance(61)
  await thief.open(`${url}/account`)
  t.is((await thief.open(`${url}/account`)).heading, 'Sign in')
  t.true((await browser.open(`${url}/account`)).text.includes(olga.email))
})

test.serial('a sign-out in it ends it, and signs the administrator out as well', async t => {
  const { ana, olga, browser, token } = await acting(t)
  await browser.open(`${url}/session/end`)
  await browser.submit({ logout: 'yes' }, { action: '/session/end/confirm' })
  t.false(await isActive(token))
  t.deepEqual(await app.scope(() => app.sessions.of(olga.id)), [])
  await app.scope(() => app.impersonationEnds.settleAll())
  t.deepEqual(await endsOf(ana.id), ['revoked'])
  const [signedOut] = await app.scope(() => app.audit.of(ana.id, { kinds: ['session.signed-out'] }))
  t.like(signedOut, { actorKind: 'account', actorId: olga.id })
})

test.serial('another process sees its end at once', async t => {
  const other = await gatehouse.another()
  const { olga, ana, token } = await acting(t)
  await makePerson(gatehouse, { roles: ['superuser'] })
  const introspected = () => rp.post('/token/introspection', { token }, { at: other.url })
  t.true((await introspected()).body.active)
  await app.scope(() => app.suspension.suspend(olga.id, { by: operator }))
  // The other process hears of it a moment later.
  await waitFor(async () => !(await introspected()).body.active)
  await other.app.scope(() => other.app.impersonationEnds.settleAll())
  t.deepEqual(await endsOf(ana.id), ['administrator'])
})
