import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { emailTo } from '../../support/emails.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs, impersonationLink, makeAdministrator, REASON, signInAs } from '../../support/impersonation.ts'
import { makePerson } from '../../support/people.ts'
import { TimeTravel } from '../../support/time-travel.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const eventsOf = (id: string) => app.scope(() => app.audit.of(id, { kinds: ['impersonation.'] }))

test('an administrator acts as a person, every page shows it, and the button leads back', async t => {
  const { olga, ana, browser } = await actAs(t, gatehouse)
  for (const path of [
    '/account',
    '/account/history',
    '/',
    '/nothing-here',
    '/account/security',
    '/api/docs',
    '/session/end',
  ]) {
    await browser.open(`${url}${path}`)
    t.regex(browser.text, /You are signed in as Ana for Olga's support session until .* UTC\. Reason: Ticket 4711/)
  }
  await browser.open(`${url}/account`)
  t.true(browser.text.includes(ana.email))
  t.false(browser.text.includes(olga.email))

  await browser.submit({}, { action: '/impersonation/end' })
  t.is(browser.heading, 'The support session has ended')
  t.true(browser.text.includes(olga.email))
  await browser.open(`${url}/account`)
  t.true(browser.text.includes(olga.email))
  t.false(browser.text.includes('support session until'))
  t.deepEqual(
    (await eventsOf(ana.id)).map(({ kind, reason, actorId }) => [kind, reason ?? null, actorId ?? null]),
    [
      ['impersonation.ended', 'button', olga.id],
      ['impersonation.started', null, olga.id],
      ['impersonation.opened', null, null],
    ],
  )
})

test('the person reads of it in an email, in their history and in their sessions', async t => {
  const { olga, ana } = await actAs(t, gatehouse)
  const { subject, text } = await emailTo(app, ana.email, 'impersonated')
  t.is(subject, 'An administrator signed in as you')
  for (const part of ['Who: Olga', `Reason: ${REASON}`, 'Until: ', `${url}/account/sessions`])
    t.true(text.includes(part))

  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}/account/history`), ana)
  t.true(browser.text.includes(`Olga signed in as you for support. Reason: ${REASON}`))
  t.false(browser.text.includes('support session until'))
  await browser.open(`${url}/account/sessions`)
  t.true(browser.text.includes('Support session'))
  const sessions = await app.scope(() => app.sessions.of(ana.id))
  t.deepEqual(sessions.map(({ impersonatedBy }) => impersonatedBy).sort(), [olga.id, null].sort())
})

test('a link works once: of two requests at once one wins', async t => {
  const olga = await makeAdministrator(gatehouse)
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const link = await impersonationLink(gatehouse, olga, ana)
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}${link}`), olga)
  const [one, other] = [browser.copy(), browser.copy()]
  await Promise.all([one, other].map(each => Object.assign(each, { page: browser.page }).submit({}, { action: link })))
  const paths = [one, other].map(({ page }) => new URL(page.url).pathname)
  t.is(paths.filter(path => path === '/account').length, 1)
  t.is((await eventsOf(ana.id)).filter(({ kind }) => kind === 'impersonation.started').length, 1)
  const winner = paths[0] === '/account' ? one : other
  t.is((await winner.open(`${url}${link}`)).page.status, 403)
  await winner.submit({}, { action: '/impersonation/end' })
  t.is((await winner.open(`${url}${link}`)).page.status, 404)
})

test('a link works once, also at two processes', async t => {
  const other = await gatehouse.another()
  const olga = await makeAdministrator(gatehouse)
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const link = await impersonationLink(gatehouse, olga, ana)
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}${link}`), olga)
  const body = new URLSearchParams({ csrf: browser.field('csrf')! })
  const cookie = [...browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ')
  const sent = {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { cookie, origin: url, accept: 'text/html' },
  } as const
  const answers = await Promise.all([url, other.url].map(address => fetch(address + link, sent)))
  const started = answers.filter(({ headers }) => headers.get('location')?.endsWith('/account'))
  t.is(started.length, 1)
  t.is((await eventsOf(ana.id)).filter(({ kind }) => kind === 'impersonation.started').length, 1)
})

test('nobody but its administrator can use a link', async t => {
  const [olga, oleg] = [await makeAdministrator(gatehouse), await makeAdministrator(gatehouse, ['superuser'], 'Oleg')]
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const link = await impersonationLink(gatehouse, olga, ana)
  for (const other of [oleg, ana]) {
    const browser = new Browser(url)
    await signInAs(await browser.open(`${url}/account`), other)
    t.is((await browser.open(`${url}${link}`)).page.status, 404)
  }
  t.is((await signInAs(await new Browser(url).open(`${url}${link}`), olga)).heading, 'Act as Ana?')
})

test('a sign-in with a password alone is not enough, and without a second factor there is no way on', async t => {
  const olga = await makeAdministrator(gatehouse)
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const link = await impersonationLink(gatehouse, olga, ana)
  const other = await makePerson(gatehouse, { name: 'Olaf', roles: ['superuser'] })
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}${await impersonationLink(gatehouse, other, ana)}`), other)
  t.is(browser.heading, 'Protect your account')
  const plain = new Browser(url)
  await signInAs(await plain.open(`${url}/account`), other)
  await plain.open(`${url}${await impersonationLink(gatehouse, other, ana)}`)
  t.is(plain.heading, 'Set up two-step verification first')
  t.is(plain.page.status, 403)
  t.truthy(link)
})

test('who may not act as a person gets no link', async t => {
  const [olga, ada] = [await makeAdministrator(gatehouse), await makeAdministrator(gatehouse, ['admin'], 'Ada')]
  const [ana, boss] = [
    await makePerson(gatehouse, { name: 'Ana' }),
    await makePerson(gatehouse, { roles: ['superuser'] }),
  ]
  await app.scope(() => app.roles.create({ name: 'support', permissions: ['accounts:impersonate'] }, { by: operator }))
  const sam = await makePerson(gatehouse, { name: 'Sam', roles: ['support'] })
  const gone = await makePerson(gatehouse, { name: 'Gone' })
  await app.scope(() => app.suspension.suspend(gone.id, { by: operator }))
  const refused = (administrator: { id: string }, person: { id: string }) =>
    t.throwsAsync(impersonationLink(gatehouse, administrator, person)).then(error => error?.message ?? '')
  t.regex(await refused(olga, olga), /as yourself/)
  t.regex(await refused(ada, ana), /does not have the permission accounts:impersonate/)
  t.regex(await refused(sam, boss), /permits more than you may do yourself|every permission/)
  t.regex(await refused(olga, gone), /suspended/)
  t.regex(await refused(gone, ana), /suspended/)
  t.truthy(await impersonationLink(gatehouse, sam, ana))
})

test.serial('a second factor that was used more than five minutes ago has to be used again', async t => {
  const [olga, ana] = [await makeAdministrator(gatehouse), await makePerson(gatehouse, { name: 'Ana' })]
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}${await impersonationLink(gatehouse, olga, ana)}`), olga)
  const body = new URLSearchParams({ csrf: browser.field('csrf')! })
  new TimeTravel(t).pass(5 * 60 + 2)
  const link = await impersonationLink(gatehouse, olga, ana)
  await browser.open(`${url}${link}`)
  t.truthy(browser.document.querySelector('[name="password"]'))
  const forced = await browser.fetch(`${url}${link}`, { method: 'POST', body, headers: { origin: url } })
  t.is(new URL(forced.headers.get('location')!, url).pathname, '/auth')
})
