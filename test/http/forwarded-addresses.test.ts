import test from 'ava'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const env = { SIGN_IN_LIMIT_ADDRESS: '20/15m' }
const [trusting, alone, distant] = await Promise.all([
  startGatehouse({ env: { ...env, TRUST_PROXY: 'loopback' } }),
  startGatehouse({ env }),
  startGatehouse({ env: { ...env, TRUST_PROXY: '10.0.0.0/8' } }),
])
test.after.always(() => Promise.all([trusting, alone, distant].map(each => each.stop())))

type Headers = Record<string, string>

const NAMES = [
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'client-ip',
]
const rotating = (name: string, i: number): Headers => ({
  [name]: name === 'forwarded' ? `for=203.0.113.${i};proto=https;host=evil.test` : `203.0.113.${i}`,
})

/** How many of 30 tries, each for somebody else, are looked at before the address is stopped. */
async function tries(gatehouse: Gatehouse, headersOf: (i: number) => Headers): Promise<number> {
  const rp = await RelyingParty.register(gatehouse)
  const browser = await new Browser(gatehouse.url).open((await rp.begin()).url.href)
  let looked = 0
  for (let i = 1; i <= 30; i++) {
    const fields = { email: `person-${i}-${rp.id.slice(-6)}@example.org`, password: 'winter2026' }
    await browser.submit(fields, { headers: headersOf(i) })
    if (browser.page.status === 401) looked++
    else if (browser.page.status !== 429) throw new Error(`answered by ${browser.page.status}`)
  }
  return looked
}

test('L-03: without a trusted proxy no header says who the visitor is', async t => {
  // All these come from one address, and share its twenty tries.
  const headers = (i: number) =>
    Object.assign({ 'x-forwarded-for': `203.0.113.${i}` }, ...NAMES.map(name => rotating(name, i)))
  t.is(await tries(alone, headers), 20)
  t.is(await tries(alone, i => ({ 'x-forwarded-for': `203.0.113.${i}, 127.0.0.1` })), 0)
})

test('L-03: behind a trusted proxy only its own entry of X-Forwarded-For counts, and what is no address does not', async t => {
  t.is(await tries(trusting, i => ({ 'x-forwarded-for': `203.0.113.${i}, 198.51.100.7` })), 20)
  t.is(await tries(trusting, i => ({ 'x-forwarded-for': `10.0.0.${i},198.51.100.8 , 127.0.0.1` })), 20)
  t.is(await tries(trusting, i => ({ 'x-forwarded-for': `203.0.113.${i}, ::ffff:198.51.100.8` })), 0)
  const garbage = [
    'a',
    '',
    ',',
    'unknown',
    '_hidden',
    '1.2.3.4:80',
    '[2001:db8::1]',
    '999.1.1.1',
    '1.2.3',
    '0x7f.1',
    '%',
  ]
  const nonsense = (i: number) => ({ 'x-forwarded-for': `203.0.113.${i}, ${garbage[i % garbage.length]}` })
  t.is(await tries(trusting, nonsense), 20)
  t.is(await tries(trusting, i => Object.assign({}, ...NAMES.map(name => rotating(name, i)))), 0)
})

test('L-03: a header from elsewhere than the trusted proxy, or a strange one, changes nothing and skips no step', async t => {
  const { app } = distant
  const ada = await makePerson(distant)
  const rp = await RelyingParty.register(distant)
  for (const [password, status] of [
    ['wrong', 401],
    [ada.password, 200],
  ] as const) {
    const browser = await new Browser(distant.url, { 'x-forwarded-for': 'a' }).open((await rp.begin()).url.href)
    await browser.submit({ email: ada.email, password })
    t.is(browser.page.status, status)
  }
  const events = await app.scope(() => app.trail.of(ada.id))
  for (const event of events.filter(({ kind }) => kind.startsWith('sign-in')))
    t.regex(event.ip ?? '', /^(127\.0\.0\.1|::1)$/)
  // One of the twenty was used above.
  t.is(await tries(distant, i => ({ 'x-forwarded-for': `203.0.113.${i}, 10.0.0.1` })), 19)
})
