import { randomUUID } from 'node:crypto'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse
const password = 'rather long and rare'

/** A browser with the registration form open, and a way to send it to either process. */
async function applicant(rp: RelyingParty): Promise<(email: string, at: string) => Promise<Response>> {
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.follow('Create an account')
  const action = browser.document.querySelector('form')!.getAttribute('action')!
  return (email, at) =>
    browser.fetch(at + action, {
      method: 'POST',
      headers: { origin: new URL(url).origin },
      body: new URLSearchParams({ csrf: browser.field('csrf')!, email, name: 'Eve', password }),
    })
}

test('N-04: of many simultaneous registrations of one address, in any spelling and any process, exactly one succeeds', async t => {
  const rp = await RelyingParty.register(gatehouse)
  for (let round = 0; round < 3; round++) {
    const name = `race-${randomUUID().slice(0, 8)}`
    const spellings = [
      `${name}@example.org`,
      `${name.toUpperCase()}@EXAMPLE.ORG`,
      ` ${name}@Example.Org `,
      `${name}\uff20example.org`,
      `${name}@\uff45xample.org`,
    ]
    const applicants = await Promise.all(Array.from({ length: 15 }, () => applicant(rp)))
    const answers = await Promise.all(
      applicants.map((apply, i) => apply(spellings[i % spellings.length]!, i % 2 ? new URL(other.url).origin : url)),
    )

    const statuses = answers.map(({ status }) => status).sort()
    t.deepEqual(statuses, [200, ...Array(14).fill(422)])
    for (const answer of answers.filter(({ status }) => status === 422))
      t.regex(await answer.text(), /There is an account with this address already/)
    const [account, ...more] = await app.scope(() => app.accounts.list({ search: name }))
    t.is(account?.email, `${name}@example.org`)
    t.deepEqual(more, [])
    t.deepEqual(await app.scope(() => app.assignments.rolesOf(account!)), ['subscriber'])
    const kinds = (await app.scope(() => app.audit.of(account!.id))).map(({ kind }) => kind)
    t.is(kinds.filter(kind => kind === 'account.registered').length, 1)
  }
})

test('N-04, F-21: one form that is sent many times at once creates one account, and each response continues the sign-in', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const name = `twice-${randomUUID().slice(0, 8)}`
  const apply = await applicant(rp)
  const answers = await Promise.all(Array.from({ length: 8 }, () => apply(`${name}@example.org`, url)))
  for (const { status, headers } of answers) t.true(status < 400, `${status} ${headers.get('location')}`)
  t.is((await app.scope(() => app.accounts.list({ search: name }))).length, 1)
})

test('F-21: a registration form that is sent again continues the sign-in, but not with another password or from another browser', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const email = `again-${randomUUID().slice(0, 8)}@example.org`
  const begun = await rp.begin()
  const browser = await new Browser(url).open(begun.url.href)
  await browser.follow('Create an account')
  const action = browser.document.querySelector('form')!.getAttribute('action')!
  const csrf = browser.field('csrf')!
  const send = (from: Browser, secret: string, token = csrf) =>
    from.fetch(url + action, {
      method: 'POST',
      headers: { origin: new URL(url).origin },
      body: new URLSearchParams({ csrf: token, email, name: 'Eve', password: secret }),
    })
  t.is((await send(browser, password)).status, 200)
  t.is((await send(browser, 'another one, not so rare')).status, 422)
  t.is((await send(browser, password)).status, 200)
  const { id } = await app.scope(() => app.accounts.find(email))
  const kinds = (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)
  t.is(kinds.filter(kind => kind === 'account.registered').length, 1)
  t.deepEqual(await queuedEmails(gatehouse, email, 'new-device'), [])

  const apply = await applicant(rp)
  t.is((await apply(email, url)).status, 422)
})

test('a person who has registered is signed in, can sign in again, and cannot choose their own roles', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const email = `new-${randomUUID().slice(0, 8)}@example.org`
  const begun = await rp.begin()
  const browser = await new Browser(url).open(begun.url.href)
  await browser.follow('Create an account')
  const hidden = { roles: 'superuser', email_verified: 'true', emailVerified: 'true', id: randomUUID(), role: 'admin' }
  const body = new URLSearchParams({ ...hidden, csrf: browser.field('csrf')!, email, name: 'Eve', password })
  const action = browser.document.querySelector('form')!.getAttribute('action')!
  await browser.open(action, { method: 'POST', headers: { origin: new URL(url).origin }, body })
  await browser.submit({ decision: 'allow' })
  const claims = (await rp.redeem(begun, browser)).claims()!
  t.like(claims, { email, email_verified: false, name: 'Eve', roles: ['subscriber'] })
  t.not(claims.sub, hidden.id)
  const { tokens } = await rp.signIn({ id: claims.sub, email, name: 'Eve', password })
  t.is(tokens.claims()?.sub, claims.sub)
})
