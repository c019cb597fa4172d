import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'

// Browsers make no passkeys for addresses without a name.
const port = await freePort()
const gatehouse = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` } })
const rp = await RelyingParty.register(gatehouse)
test.after.always(() => gatehouse.stop())

test('M-07: where nobody can have a passkey, an application that demands one is told so, and nobody is asked', async t => {
  const { acr_values_supported: values = [] } = rp.configuration.serverMetadata()
  t.true(values.includes('urn:gatehouse:acr:2fa'))
  t.false(values.some(value => value.endsWith('phr')))
  const browser = new Browser(gatehouse.url)
  await browser.open((await rp.begin({ acr_values: 'urn:gatehouse:acr:phr' })).url.href)
  const { searchParams } = new URL(browser.page.url)
  t.is(searchParams.get('error'), 'unmet_authentication_requirements')
  t.regex(searchParams.get('error_description') ?? '', /passkeys cannot be used/)
})

test('a second factor of another kind is still asked for there', async t => {
  const browser = new Browser(gatehouse.url)
  await browser.open((await rp.begin({ acr_values: 'urn:gatehouse:acr:phr urn:gatehouse:acr:2fa' })).url.href)
  t.is(browser.heading, 'Sign in')
})
