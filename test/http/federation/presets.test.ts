import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { KINDS, type Kind, presetOf } from '../../../src/federation/providers/presets.ts'
import { commandsFor } from '../../cli/command-line.ts'
import { Browser } from '../../support/browser.ts'
import { emailTo } from '../../support/emails.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { addCommandFor, COUNTERPARTS, type Counterpart, passProvider } from '../../support/provider-kinds.ts'
import { type Begun, RelyingParty } from '../../support/relying-party.ts'
import { atApplication, press } from './federation-setup.ts'

/** Signing in and connecting with every kind of provider, without scripts. Each runs on loopback. */

const counterparts = new Map<Kind, Counterpart>()
let gatehouse: Gatehouse
let rp: RelyingParty
let cli: ReturnType<typeof commandsFor>

test.before(async () => {
  await Promise.all(KINDS.map(async kind => counterparts.set(kind, await COUNTERPARTS[kind].start())))
  const env = {
    OUTBOUND_ALLOW: [...counterparts.values()].map(({ host }) => host).join(','),
    SIGN_IN_LIMIT_IP: '1000/1h',
    EMAIL_LIMIT_IP: '1000/1h',
    EMAIL_VERIFICATION: 'required',
  }
  gatehouse = await startGatehouse({ env })
  rp = await RelyingParty.register(gatehouse, { firstParty: true })
  cli = commandsFor(gatehouse.app)
})

test.after.always(async () => {
  await gatehouse?.stop()
  for (const counterpart of counterparts.values()) counterpart.close()
})

/** Starts a sign-in with the provider, up to the page after the callback. */
async function signIn(kind: Kind, way: { cancel?: boolean } = {}): Promise<{ browser: Browser; begun: Begun }> {
  const begun = await rp.begin()
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  await press(browser, kind)
  await passProvider(browser, counterparts.get(kind)!, way)
  return { browser, begun }
}

/** Enters an email and verifies it, if the provider gives no verified one. */
async function verifyEmail(browser: Browser, email: string): Promise<void> {
  if (browser.heading !== 'What is your address?') throw new Error(`not asked: ${browser.text.slice(0, 300)}`)
  await browser.submit({ email: browser.field('email') ?? '' })
  await browser.open((await emailTo(gatehouse.app, email, 'verify-email')).link)
  await browser.submit()
  if (!atApplication(browser))
    await browser.open(browser.document.querySelector('a.button')?.getAttribute('href') ?? '')
}

async function update(kind: Kind, change: string): Promise<void> {
  await cli.json(`providers ${change.replace('{}', kind)}`)
}

const accountAt = (email: string) => gatehouse.app.scope(() => gatehouse.app.accounts.findByEmail(email))

test('every kind is covered', t => {
  t.deepEqual(Object.keys(COUNTERPARTS).sort(), [...KINDS].sort())
})

// One test after the other, since all of them use the same person at the provider.
for (const kind of KINDS) {
  const { email, name, emailVerified } = COUNTERPARTS[kind]
  const { title } = presetOf(kind)

  test.serial(`${kind}: the command that adds the provider prints the setup steps and the redirect URI`, async t => {
    const { line, person } = await addCommandFor(kind, counterparts.get(kind)!, gatehouse)
    const { code, out, err } = await cli.run(line, person)
    t.is(code, 0, err)
    t.regex(out, /^ {2}1\. .+\n {2}2\. /m)
    const step = out.split('\n').find(each => /^ +\d\. /.test(each) && each.includes('/callback')) ?? ''
    t.true(step.endsWith(` ${gatehouse.url}/federation/${kind}/callback`), out)
  })

  test.serial(
    `${kind}: a person connects and disconnects an account, and a cancelled attempt changes nothing`,
    async t => {
      const { app, url } = gatehouse
      const person = await makePerson(gatehouse)
      await app.scope(async () => app.verification.markVerified(await app.accounts.find(person.id), { by: operator }))
      const security = `${url}/account/security`
      const browser = await new Browser(url).open(security)
      await browser.submit({ email: person.email, password: person.password })
      const connect = () => browser.submit({ provider: kind }, { action: '/identities' })
      const subjects = () => app.scope(async () => (await app.identityLinks.of(person.id)).map(({ id }) => id))

      await connect()
      await passProvider(browser, counterparts.get(kind)!, { cancel: true })
      t.true(browser.text.includes(`You did not finish at ${title}, so nothing was connected.`))
      t.deepEqual(await subjects(), [])
      await connect()
      await passProvider(browser, counterparts.get(kind)!)
      t.is(browser.page.url, `${security}?done=connected`)
      t.true(browser.text.includes(`${title} ${email} Since`))
      await browser.submit({}, { action: `/identities/${(await subjects())[0] ?? ''}` })
      t.true(browser.text.includes('The account is disconnected.'))
      t.deepEqual(await subjects(), [])
    },
  )

  test.serial(
    `${kind}: with registration off, a new person is refused, and a cancelled sign-in says that it was cancelled`,
    async t => {
      await update(kind, 'update {} --no-registration')
      const { browser } = await signIn(kind)
      await update(kind, 'update {} --registration')
      t.is(browser.heading, 'Sign in')
      t.true(browser.text.includes(`New accounts are not made with ${title} here.`))

      const cancelled = await signIn(kind, { cancel: true })
      t.is(cancelled.browser.heading, 'Sign in')
      t.true(cancelled.browser.text.includes(`You have turned back at ${title}.`))
      t.is(await accountAt(email), null)
    },
  )

  test.serial(`${kind}: a new person gets an account, and signs in to the same account the next time`, async t => {
    const first = await signIn(kind)
    if (!emailVerified) await verifyEmail(first.browser, email)
    const claims = (await rp.redeem(first.begun, first.browser)).claims()
    t.like(claims, { email, email_verified: true, name, amr: ['fed'] })
    const again = await signIn(kind)
    t.is((await rp.redeem(again.begun, again.browser)).claims()?.sub, claims?.sub)
  })

  test.serial(`${kind}: a sign-in in progress is refused after the provider is disabled`, async t => {
    const browser = await new Browser(gatehouse.url).open((await rp.begin()).url.href)
    await press(browser, kind)
    await update(kind, 'disable {}')
    await passProvider(browser, counterparts.get(kind)!)
    t.is(browser.heading, 'Sign in')
    t.true(browser.text.includes('This way in is not open any more.'))
    t.is(browser.document.querySelector(`[name="provider"][value="${kind}"]`), null)
  })
}
