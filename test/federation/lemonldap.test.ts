import anyTest, { type TestFn } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { hasLemonldap, issuerAt, type Lemonldap, startLemonldap } from '../support/lemonldap.ts'
import { freePort } from '../support/programs.ts'
import { type Begun, RelyingParty } from '../support/relying-party.ts'

/**
 * Sign-in with LemonLDAP::NG as packaged by Debian: an OpenID provider that shares no code with us or with the library
 * behind the other upstream providers of the tests.
 */

interface Parts {
  gatehouse: Gatehouse
  lemonldap: Lemonldap
  rp: RelyingParty
}

const test = anyTest as TestFn<Parts>
const lemonldapTest = test.serial.runIf(hasLemonldap)

const BYE = 'https://app.example.org/bye'
const CLIENT = { clientId: 'gatehouse', secret: 'a secret that both sides know' }

test.before(async t => {
  if (!hasLemonldap) return
  const port = await freePort()
  const issuer = issuerAt(port)
  const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: new URL(issuer).host } })
  const { app } = gatehouse
  const definition = { kind: 'oidc', name: 'work', title: 'Work', issuer, ...CLIENT } as const
  const provider = await app.scope(() => app.identityProviders.register(definition, { by: operator }))
  const lemonldap = await startLemonldap(port, { ...CLIENT, ...app.upstreamClient.clientUris(provider) })
  const registration = { firstParty: true, postLogoutRedirectUris: [BYE] }
  t.context = { gatehouse, lemonldap, rp: await RelyingParty.register(gatehouse, registration) }
})

test.after.always(async t => {
  await t.context.gatehouse?.stop()
  await t.context.lemonldap?.stop()
})

interface UpstreamSignIn {
  begun: Begun
  /** One browser for each server: both have the same host, and cookies do not distinguish ports. */
  here: Browser
  there: Browser
}

/** From the application to the sign-in page of LemonLDAP::NG. */
async function startSignIn(
  { gatehouse, lemonldap, rp }: Parts,
  here = new Browser(gatehouse.url),
): Promise<UpstreamSignIn> {
  const begun = await rp.begin()
  await here.open(begun.url.href)
  await here.submit({ provider: 'work' }, { action: '/upstream' })
  return { begun, here, there: await lemonldap.browser().open(upstreamLink(here, lemonldap)) }
}

/** The link to LemonLDAP::NG on the current page. */
function upstreamLink({ document }: Browser, { issuer }: Lemonldap): string {
  return document.querySelector(`a[href^="${issuer}"]`)?.getAttribute('href') ?? ''
}

/** From LemonLDAP::NG back to the application. */
async function finishSignIn({ rp }: Parts, { begun, here, there }: UpstreamSignIn) {
  await here.open(there.page.url)
  const tokens = await rp.redeem(begun, here)
  return { claims: tokens.claims()!, idToken: tokens.id_token! }
}

lemonldapTest('LemonLDAP::NG passes every provider check', async t => {
  const { app } = t.context.gatehouse
  const findings = await app.scope(async () => app.providerCheck.of(await app.identityProviders.find('work')))
  t.deepEqual(
    findings.filter(({ ok }) => ok === false),
    [],
  )
  for (const check of ['discovery', 'issuer', 'endpoints', 'keys', 'pkce', 'scopes', 'clock'])
    t.true(findings.find(finding => finding.check === check)?.ok, check)
})

lemonldapTest(
  'a person signs in through LemonLDAP::NG, gets an account with its claims, and later signs in to the same account',
  async t => {
    const signIn = await startSignIn(t.context)
    await signIn.there.submit({ user: 'dwho', password: 'dwho' })
    const { claims } = await finishSignIn(t.context, signIn)
    t.like(claims, { email: 'dwho@badwolf.org', email_verified: true, name: 'Doctor Who', amr: ['fed'] })

    const { app } = t.context.gatehouse
    const links = await app.scope(() => app.identityLinks.of(claims.sub))
    t.deepEqual(
      links.map(({ subject, provider }) => [provider.name, subject]),
      [['work', 'dwho']],
    )

    const again = await startSignIn(t.context)
    await again.there.submit({ user: 'dwho', password: 'dwho' })
    t.is((await finishSignIn(t.context, again)).claims.sub, claims.sub)
  },
)

lemonldapTest('a person who is already signed in at LemonLDAP::NG is not asked to sign in again', async t => {
  const first = await startSignIn(t.context)
  await first.there.submit({ user: 'rtyler', password: 'rtyler' })
  const { claims } = await finishSignIn(t.context, first)

  const { here, there, begun } = await startSignIn(t.context)
  await first.there.open(there.page.url)
  const again = await finishSignIn(t.context, { begun, here, there: first.there })
  t.is(again.claims.sub, claims.sub)
})

lemonldapTest('after a wrong password, LemonLDAP::NG does not send the person back', async t => {
  const { here, there } = await startSignIn(t.context)
  await there.submit({ user: 'msmith', password: 'not it' })
  t.is(new URL(there.page.url).origin, t.context.lemonldap.issuer)
  t.is(here.heading, 'On to Work')
})

lemonldapTest('U-05: a response works once, and only in the browser that started the sign-in', async t => {
  const signIn = await startSignIn(t.context)
  await signIn.there.submit({ user: 'msmith', password: 'msmith' })
  const answer = signIn.there.page.url
  const thief = await new Browser(t.context.gatehouse.url).open(answer)
  t.is(thief.page.status, 404)
  t.is((await finishSignIn(t.context, signIn)).claims.name, 'Mickey Smith')
  const replay = await signIn.here.open(answer)
  t.is(replay.page.status, 404)
})

lemonldapTest('signing out here also signs the person out at LemonLDAP::NG and returns to the application', async t => {
  const { gatehouse, lemonldap } = t.context
  const signIn = await startSignIn(t.context)
  await signIn.there.submit({ user: 'dwho', password: 'dwho' })
  const { idToken, claims } = await finishSignIn(t.context, signIn)
  const { here, there } = signIn
  const sessions = async () => (await gatehouse.app.sessions.of(claims.sub)).length
  const before = await sessions()

  const params = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'bye' })
  await here.open(`${gatehouse.url}/session/end?${params}`)
  t.is(here.heading, 'You are signed out here')
  t.is(await sessions(), before - 1)

  await there.open(upstreamLink(here, lemonldap))
  t.is(there.page.url.split('?')[0], `${gatehouse.url}/federation/work/signed-out`)
  await here.open(there.page.url)
  t.is(here.page.url, `${BYE}?state=bye`)

  const next = await startSignIn(t.context)
  await there.open(next.there.page.url)
  t.truthy(there.document.querySelector('[name="password"]'), 'LemonLDAP::NG asks the person to sign in')
})
