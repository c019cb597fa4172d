import anyTest, { type TestFn } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { hasLemonldap, issuerAt, type Lemonldap, startLemonldap } from '../support/lemonldap.ts'
import { freePort } from '../support/programs.ts'
import { type Begun, RelyingParty } from '../support/relying-party.ts'

/**
 * People come through LemonLDAP::NG as Debian packages it: an OpenID Provider that shares no code with us, and no habits
 * with the library that the other upstreams of the tests are made of.
 */

interface Parts {
  gatehouse: Gatehouse
  lemonldap: Lemonldap
  rp: RelyingParty
}

const test = anyTest as TestFn<Parts>
const where = test.serial.runIf(hasLemonldap)

const BYE = 'https://app.example.org/bye'
const CLIENT = { clientId: 'gatehouse', secret: 'a secret, that both sides were told' }

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

interface Way {
  begun: Begun
  /** At home with us, and at home there: cookies know the host alone, and browsers keep both. */
  here: Browser
  there: Browser
}

/** From the application to the door of the other provider. */
async function leave({ gatehouse, lemonldap, rp }: Parts, here = new Browser(gatehouse.url)): Promise<Way> {
  const begun = await rp.begin()
  await here.open(begun.url.href)
  await here.submit({ provider: 'work' }, { action: '/upstream' })
  return { begun, here, there: await lemonldap.browser().open(door(here, lemonldap)) }
}

/** Where the page that leads on to it leads. */
function door({ document }: Browser, { issuer }: Lemonldap): string {
  return document.querySelector(`a[href^="${issuer}"]`)?.getAttribute('href') ?? ''
}

/** From there to the application. */
async function arrive({ rp }: Parts, { begun, here, there }: Way) {
  await here.open(there.page.url)
  const tokens = await rp.redeem(begun, here)
  return { claims: tokens.claims()!, idToken: tokens.id_token! }
}

where('an operator who examines it finds nothing wrong', async t => {
  const { app } = t.context.gatehouse
  const findings = await app.scope(async () => app.providerCheck.of(await app.identityProviders.find('work')))
  t.deepEqual(
    findings.filter(({ ok }) => ok === false),
    [],
  )
  for (const check of ['discovery', 'issuer', 'endpoints', 'keys', 'pkce', 'scopes', 'clock'])
    t.true(findings.find(finding => finding.check === check)?.ok, check)
})

where('a person signs in with it, gets an account with what it says of them, and is known again', async t => {
  const way = await leave(t.context)
  await way.there.submit({ user: 'dwho', password: 'dwho' })
  const { claims } = await arrive(t.context, way)
  t.like(claims, { email: 'dwho@badwolf.org', email_verified: true, name: 'Doctor Who', amr: ['fed'] })

  const { app } = t.context.gatehouse
  const links = await app.scope(() => app.identityLinks.of(claims.sub))
  t.deepEqual(
    links.map(({ subject, provider }) => [provider.name, subject]),
    [['work', 'dwho']],
  )

  const again = await leave(t.context)
  await again.there.submit({ user: 'dwho', password: 'dwho' })
  t.is((await arrive(t.context, again)).claims.sub, claims.sub)
})

where('who is signed in there goes straight through', async t => {
  const first = await leave(t.context)
  await first.there.submit({ user: 'rtyler', password: 'rtyler' })
  const { claims } = await arrive(t.context, first)

  const { here, there, begun } = await leave(t.context)
  await first.there.open(there.page.url)
  const again = await arrive(t.context, { begun, here, there: first.there })
  t.is(again.claims.sub, claims.sub)
})

where('a wrong password there is its own affair: nobody comes back', async t => {
  const { here, there } = await leave(t.context)
  await there.submit({ user: 'msmith', password: 'not it' })
  t.is(new URL(there.page.url).origin, t.context.lemonldap.issuer)
  t.is(here.heading, 'On to Work')
})

where('U-05: its answer is taken once, and by the browser that set out', async t => {
  const way = await leave(t.context)
  await way.there.submit({ user: 'msmith', password: 'msmith' })
  const answer = way.there.page.url
  const thief = await new Browser(t.context.gatehouse.url).open(answer)
  t.is(thief.page.status, 404)
  t.is((await arrive(t.context, way)).claims.name, 'Mickey Smith')
  const replay = await way.here.open(answer)
  t.is(replay.page.status, 404)
})

where('who signs out here is signed out there too, and comes back to the application', async t => {
  const { gatehouse, lemonldap } = t.context
  const way = await leave(t.context)
  await way.there.submit({ user: 'dwho', password: 'dwho' })
  const { idToken, claims } = await arrive(t.context, way)
  const { here, there } = way
  const sessions = async () => (await gatehouse.app.sessions.of(claims.sub)).length
  const before = await sessions()

  const question = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'bye' })
  await here.open(`${gatehouse.url}/session/end?${question}`)
  await here.submit({ logout: 'yes' })
  t.is(here.heading, 'You are signed out here')
  t.is(await sessions(), before - 1)

  await there.open(door(here, lemonldap))
  t.is(there.page.url.split('?')[0], `${gatehouse.url}/federation/work/signed-out`)
  await here.open(there.page.url)
  t.is(here.page.url, `${BYE}?state=bye`)

  const next = await leave(t.context)
  await there.open(next.there.page.url)
  t.truthy(there.document.querySelector('[name="password"]'), 'it asks the person to sign in')
})
