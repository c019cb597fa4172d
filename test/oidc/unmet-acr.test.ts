import test from 'ava'
import { decodeJwt } from 'jose'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'

// Browsers create no passkeys for an IP address.
const port = await freePort()
const gatehouse = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` } })
const rp = await RelyingParty.register(gatehouse)
test.after.always(() => gatehouse.stop())

const PHISHING_RESISTANT = 'urn:gatehouse:acr:phr'
const acrClaim = (essential: boolean) =>
  JSON.stringify({ id_token: { acr: { essential, values: [PHISHING_RESISTANT, 'phr'] } } })

test('M-07: where passkeys do not work, an essential acr claim that needs one is refused before anyone signs in', async t => {
  const { acr_values_supported: values = [] } = rp.configuration.serverMetadata()
  t.true(values.includes('urn:gatehouse:acr:2fa'))
  t.false(values.some(value => value.endsWith('phr')))
  const browser = new Browser(gatehouse.url)
  await browser.open((await rp.begin({ claims: acrClaim(true) })).url.href)
  const { searchParams } = new URL(browser.page.url)
  t.is(searchParams.get('error'), 'unmet_authentication_requirements')
  t.regex(searchParams.get('error_description') ?? '', /it supports: urn:gatehouse:acr:1fa, urn:gatehouse:acr:2fa/)
})

for (const [name, parameters] of [
  ['an acr_values parameter', { acr_values: `${PHISHING_RESISTANT} phr` }],
  ['a voluntary acr claim', { claims: acrClaim(false) }],
] as const)
  test(`M-07: where passkeys do not work, ${name} that needs a passkey is voluntary, and the acr claim is the level reached`, async t => {
    const ada = await makePerson(gatehouse)
    const { tokens } = await rp.signIn(ada, parameters)
    t.is(decodeJwt(tokens.id_token!).acr, 'urn:gatehouse:acr:1fa')
  })

test('where passkeys do not work, another second factor can still be required', async t => {
  const browser = new Browser(gatehouse.url)
  await browser.open((await rp.begin({ acr_values: `${PHISHING_RESISTANT} urn:gatehouse:acr:2fa` })).url.href)
  t.is(browser.heading, 'Sign in')
})
