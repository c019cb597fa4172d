import { execFileSync } from 'node:child_process'
import test from 'ava'
import { parse } from 'node-html-parser'
import { pino } from 'pino'
import { operator } from '../../src/base/actor.ts'
import type { Profile } from '../../src/clients/client.ts'
import { literal } from '../../src/clients/presets/literals.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { servers } from '../support/servers.ts'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const GOOD = 'https://app.example.com/callback'

/** What the error page says to the developer. */
async function explained(browser: Browser, address: string) {
  const { document, page } = await browser.open(address)
  const texts = (selector: string) => document.querySelectorAll(selector).map(each => each.textContent.trim())
  const marked = document.querySelectorAll('.compare code').map(code => {
    for (const hidden of code.querySelectorAll('.unseen')) hidden.remove()
    for (const mark of code.querySelectorAll('mark')) mark.replaceWith(`[${mark.innerHTML}]`)
    return code.textContent.trim()
  })
  return {
    status: page.status,
    location: page.headers.get('location'),
    marked,
    differences: texts('.compare + ul li'),
    ways: document.querySelectorAll('.way').map(each => each.textContent.replace(/\s+/g, ' ').trim()),
    // The parser takes what is in `pre` as text.
    values: document.querySelectorAll('.way + pre').map(each => parse(each.innerHTML).textContent),
    text: browser.text,
  }
}

async function ask(rp: RelyingParty, redirectUri: string, headers: Record<string, string> = {}) {
  return explained(new Browser(url, headers), (await rp.begin({ redirect_uri: redirectUri })).url.href)
}

const CHANGE = 'In the application, use the registered address'
const REGISTER = 'Register the address that was sent'

const register = (registration: Partial<ClientRegistration> = {}) =>
  RelyingParty.register(gatehouse, { redirectUris: [GOOD], ...registration })

type Likely = 'application' | 'registration'
const cases: [sent: string, marked: [string, string], differences: string[], likely: Likely][] = [
  [`${GOOD}/`, [`${GOOD}[/]`, `${GOOD}[]`], ['A slash at the end instead of none'], 'application'],
  [
    'https://app.example.com/Callback',
    ['https://app.example.com/[C]allback', 'https://app.example.com/[c]allback'],
    ['Upper and lower case'],
    'application',
  ],
  [
    'https://app.example.com/callbak',
    ['https://app.example.com/callba[]k', 'https://app.example.com/callba[c]k'],
    ['Different from character 31'],
    'application',
  ],
  [
    'https://app.exmaple.com/callback',
    ['https://app.ex[ma]ple.com/callback', 'https://app.ex[am]ple.com/callback'],
    ['app.exmaple.com instead of app.example.com'],
    'application',
  ],
  [`${GOOD}?next=1`, [`${GOOD}[?next=1]`, `${GOOD}[]`], ['A query is added'], 'application'],
  [
    'https://app.example.com/login/code',
    ['https://app.example.com/[login/code]', 'https://app.example.com/[callback]'],
    ['Different from character 25'],
    'registration',
  ],
  [
    'https://staging.example.com/callback',
    ['https://[staging].example.com/callback', 'https://[app].example.com/callback'],
    ['staging.example.com instead of app.example.com'],
    'registration',
  ],
  [
    'https://app.example.com:8443/callback',
    ['https://app.example.com[:8443]/callback', 'https://app.example.com[]/callback'],
    ['Port 8443 instead of none'],
    'registration',
  ],
  [
    'http://localhost:3001/cb',
    ['http://localhost[:3001]/cb', 'http://localhost[:3000]/cb'],
    ['Port 3001 instead of 3000'],
    'registration',
  ],
  [
    'http://localhost/cb',
    ['http://localhost[]/cb', 'http://localhost[:3000]/cb'],
    ['No port instead of 3000'],
    'registration',
  ],
  [
    'http://127.0.0.1:3000/cb',
    ['http://[127.0.0.1]:3000/cb', 'http://[localhost]:3000/cb'],
    ['127.0.0.1 instead of localhost'],
    'registration',
  ],
  [
    'https://goo\u200bd.example/cb',
    ['https://goo[U+200B]d.example/cb', 'https://goo[]d.example/cb'],
    ['goo\u200bd.example instead of good.example', 'A space or an invisible character'],
    'application',
  ],
]

test('the page marks where a redirect URI differs from the nearest registered one, and offers both ways to fix it', async t => {
  const rp = await register({ redirectUris: ['https://good.example/cb', 'http://localhost:3000/cb', GOOD] })
  for (const [sent, marked, differences, likely] of cases) {
    const page = await ask(rp, sent)
    t.deepEqual([page.status, page.location], [400, null], sent)
    t.deepEqual(page.marked, marked, sent)
    t.deepEqual(page.differences, differences, sent)
    const nearest = marked[1].replaceAll(/[[\]]/g, '')
    const ways: [string, string][] = [
      [CHANGE, nearest],
      [REGISTER, `node bin/gatehouse.js clients update ${rp.id} --add-redirect-uri ${literal('sh', sent)}`],
    ]
    if (likely === 'registration') ways.reverse()
    t.deepEqual(
      page.ways,
      ways.map(([label]) => label),
      sent,
    )
    t.deepEqual(
      page.values,
      ways.map(([, value]) => value),
      sent,
    )
    await t.notThrowsAsync(add(rp, 'redirectUris', sent), 'the command works')
  }
})

/** Registers the address, as the command on the page does, and removes it again. */
async function add({ id }: RelyingParty, field: 'redirectUris' | 'postLogoutRedirectUris', address: string) {
  const before = (await app.scope(() => app.clients.find(id)))[field]
  await app.scope(() => app.clients.update(id, { [field]: [...before, address] }, { by: operator }))
  await app.scope(() => app.clients.update(id, { [field]: before }, { by: operator }))
}

test('an address that cannot be registered gets no command, but the reason', async t => {
  const full = Array.from({ length: 50 }, (_, index) => `https://app.example.com/${index}`)
  const clients: [Partial<ClientRegistration>, [string, string][]][] = [
    [
      {},
      [
        ['http://app.example.com/callback', 'it must be https: (http: only on localhost, 127.0.0.1 or [::1])'],
        [`${GOOD}#token`, 'it must have no fragment'],
        ['https://*.example.com/callback', 'it must be exact; wildcards are not supported'],
        ['https://ada:secret@app.example.com/callback', 'it must not contain a user name or password'],
        [`${GOOD} `, 'it is not an absolute URI'],
        ['javascript:alert(1)', 'it must not use the scheme javascript:'],
        ['/callback', 'it is not an absolute URI'],
        [
          'com.example.app:/callback',
          'it must be an https: URL (http: only on localhost); custom schemes are for the profile native',
        ],
        [`https://app.example.com/${'x'.repeat(2000)}`, 'it is longer than 2000 characters'],
      ],
    ],
    [{ redirectUris: full }, [['https://app.example.com/51', 'it would be one too many; 50 are registered already']]],
    [
      { profile: 'native' },
      [['myapp:/cb', 'it must use a scheme in reverse domain notation, such as com.example.app:/callback']],
    ],
  ]
  for (const [registration, refused] of clients) {
    const rp = await register(registration)
    for (const [sent, problem] of refused) {
      const page = await ask(rp, sent)
      t.deepEqual(page.ways, [CHANGE, `The address that was sent can't be registered: ${problem}`], sent)
      t.is(page.values.length, 1, sent)
      t.false(page.text.includes('--add-redirect-uri'), sent)
      await t.throwsAsync(add(rp, 'redirectUris', sent), undefined, sent)
    }
  }
  const native = await ask(await register({ profile: 'native' }), 'com.example.app:/callback')
  t.is(native.values.length, 2, 'a native application can have an address of its own scheme')
})

test('an address over http is explained by the proxy in front of the application', async t => {
  const page = await ask(await register(), 'http://app.example.com/callback')
  t.deepEqual(page.marked, ['http[]://app.example.com/callback', 'http[s]://app.example.com/callback'])
  t.deepEqual(page.differences, ['http instead of https'])
  t.regex(page.text, /Behind a proxy, an application often doesn't know/)
})

test('clients without redirect URIs, and the account pages, get no command', async t => {
  const machine = await register({ profile: 'machine' as Profile, redirectUris: [] })
  for (const [id, reason] of [
    [machine.id, /no one signs in \(profile machine\)/],
    ['gatehouse-account', /it is for the account pages/],
  ] as const) {
    const { url: address } = await machine.begin({ redirect_uri: GOOD })
    address.searchParams.set('client_id', id)
    const page = await explained(new Browser(url), address.href)
    t.regex(page.text, reason)
    t.false(page.text.includes('--add-redirect-uri'))
  }
})

test('the same for an address after sign-out', async t => {
  const bye = 'https://app.example.com/'
  const rp = await register({ postLogoutRedirectUris: [bye] })
  const leave = (address: string, client = rp) =>
    explained(
      new Browser(url),
      `${url}/session/end?${new URLSearchParams({ client_id: client.id, post_logout_redirect_uri: address })}`,
    )
  const page = await leave('https://app.example.com')
  t.deepEqual(page.marked, ['https://app.example.com[]', 'https://app.example.com[/]'])
  t.deepEqual(page.differences, ['No slash at the end'])
  t.deepEqual(page.ways, [CHANGE, REGISTER])
  t.deepEqual(page.values, [
    bye,
    `node bin/gatehouse.js clients update ${rp.id} --add-post-logout-redirect-uri https://app.example.com`,
  ])
  await t.notThrowsAsync(add(rp, 'postLogoutRedirectUris', 'https://app.example.com'))

  const none = await leave(bye, await register())
  t.deepEqual([none.marked, none.ways], [[], [REGISTER]])
  t.regex(none.text, /No address is registered for this yet/)
  t.deepEqual((await leave('http://app.example.com/', await register())).values, [])
})

test('the page is in the language of the browser, and screen readers are told what differs', async t => {
  const rp = await register()
  const page = await ask(rp, `${GOOD}/`, { 'accept-language': 'ru' })
  t.deepEqual(page.differences, ['Косая черта в конце, а зарегистрировано без неё'])
  const browser = await new Browser(url).open((await rp.begin({ redirect_uri: `${GOOD}/` })).url.href)
  const marks = browser.document.querySelectorAll('.compare mark').map(mark => mark.textContent.replace(/\s+/g, ' '))
  t.deepEqual(marks, [' different: /', ' different: nothing here '])
})

test('X-01: an address is escaped on the page, and quoted for the shell', async t => {
  const rp = await register()
  const hostile = `https://app.example.com/'$(id)"><img/src=x>&';id;'`
  const page = await ask(rp, hostile)
  const command = page.values.find(value => value.includes('--add-redirect-uri'))!
  const printed = execFileSync('sh', ['-c', command.replace('node bin/gatehouse.js', "printf '%s\\n'")], {
    encoding: 'utf8',
  })
  t.deepEqual(printed.trim().split('\n').slice(2), [rp.id, '--add-redirect-uri', hostile])
  const { document } = await new Browser(url).open((await rp.begin({ redirect_uri: hostile })).url.href)
  t.deepEqual(document.querySelectorAll('.developer img'), [])
})

// Production needs database servers.
if (servers()) {
  test('in production the log says the same, and the page does not', async t => {
    const lines: Record<string, unknown>[] = []
    const log = pino({ level: 'warn' }, { write: line => void lines.push(JSON.parse(line)) })
    const env = { NODE_ENV: 'production', ALLOW_HTTP: 'true', HOST: '127.0.0.1', PASSWORD_HASHING: 'm=7168,t=5,p=1' }
    const production = await startGatehouse({ env, log })
    t.teardown(() => production.stop())
    const rp = await RelyingParty.register(production, { redirectUris: [GOOD] })
    const browser = await new Browser(production.url).open((await rp.begin({ redirect_uri: `${GOOD}/` })).url.href)
    t.is(browser.document.querySelector('.developer'), null)
    const line = lines.find(each => each.requestId === browser.page.headers.get('x-request-id'))
    t.like(line, {
      msg: 'a request was refused',
      code: 'invalid_redirect_uri',
      registered: [GOOD],
      nearest: GOOD,
      differences: ['A slash at the end instead of none'],
      fix: `node bin/gatehouse.js clients update ${rp.id} --add-redirect-uri ${GOOD}/`,
    })
    t.regex(String(line?.advice), /^This looks like a typing error\./)
  })
}
