import { globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { addressOf } from '../../src/clients/presets/address.ts'
import { type ClientPreset, KINDS } from '../../src/clients/presets/client-preset.ts'
import { CLIENT_PRESETS } from '../../src/clients/presets/client-presets.ts'
import { clientPages } from '../../src/clients/presets/docs/write-docs.ts'
import { type Language, literal } from '../../src/clients/presets/literals.ts'
import { presetConfiguration, presetRegistration } from '../../src/clients/presets/preset-registration.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const ROOT = new URL('../../', import.meta.url)
const gatehouse = await startGatehouse()
const { app, url: issuer } = gatehouse
test.after.always(() => gatehouse.stop())

/** Registered as `clients add --for` does it, one after another. */
const connected = new Map<string, Awaited<ReturnType<typeof connect>>>()
test.before(async () => {
  for (const preset of CLIENT_PRESETS) connected.set(preset.name, await connect(preset))
})

async function connect(preset: ClientPreset) {
  const url = preset.url?.example ?? null
  const { client, secret } = await app.scope(() =>
    app.clients.register(presetRegistration(preset, url), { by: operator }),
  )
  const blocks = presetConfiguration(preset, url, { issuer, client, secret })
  return { preset, client, secret, blocks, printed: blocks.map(({ text }) => text).join('\n') }
}

test('each preset is a file of its name in the folder of its kind, and no name is used twice', t => {
  const files = globSync(`src/clients/presets/{${Object.keys(KINDS).join(',')}}/*.ts`, { cwd: ROOT.pathname })
  const named = CLIENT_PRESETS.map(({ kind, name }) => `src/clients/presets/${kind}/${name}.ts`)
  t.deepEqual(named.toSorted(), files.toSorted())
  t.is(new Set(CLIENT_PRESETS.map(({ title }) => title.toLowerCase())).size, CLIENT_PRESETS.length)
  t.deepEqual(
    [...new Set(CLIENT_PRESETS.map(({ kind }) => kind))],
    Object.keys(KINDS),
    'they are listed in the order of the kinds',
  )
})

for (const { name, title, profile, documentation, url, roles, signOut, pkce, troubles } of CLIENT_PRESETS) {
  test(`${name}: the printed configuration is complete, and has the secret only where it belongs`, t => {
    const { client, secret, blocks, printed } = connected.get(name)!
    t.is(client.name, title)
    t.is(client.profile, profile)
    t.true(client.redirectUris.length > 0)
    if (url) for (const uri of client.redirectUris) t.truthy(URL.parse(uri), uri)
    t.true(printed.includes(issuer), 'the issuer')
    t.true(printed.includes(client.id), 'the client ID')
    t.is(secret === null, profile === 'spa' || profile === 'native')
    if (secret !== null) {
      t.is(printed.split(secret).length - 1, 1, 'the secret is printed once')
      t.false(JSON.stringify({ ...client.summary(), roles, signOut }).includes(secret))
    }
    t.notRegex(printed, /\bundefined\b|\[object |\bNaN\b/)
    for (const { where, text } of blocks) {
      t.regex(where, /^(?:[A-Z]|\/?[\w.-]+[./]\w+)/)
      t.regex(text, /^\S[\s\S]*\S$/, 'no blank lines around it')
      for (const line of text.split('\n')) t.notRegex(line, /\s$/, line)
    }
  })

  test(`${name}: its texts are complete sentences about this program`, t => {
    t.regex(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    t.regex(documentation, /^https:\/\//)
    if (url) t.notThrows(() => addressOf(url.example))
    for (const text of [roles, signOut, ...troubles.map(({ remedy }) => remedy)]) t.regex(text, /^[A-Z`“].*\.$/s)
    t.true(troubles.length >= 2)
    for (const { symptom, cause } of troubles) t.notRegex(`${symptom}${cause}`, /[.\n]$/)
  })

  test(`${name}: its requests are protected as its client demands`, t => {
    const { client, printed } = connected.get(name)!
    t.is(client.pkce === 'off', pkce === 'none')
    if (typeof pkce === 'object') t.true(printed.includes(pkce.option), pkce.option)
    if (client.tokenEndpointAuthMethod === 'none') t.is(pkce, 'default')
  })
}

test('a preset at an address with a path, a port or a slash at the end registers exact addresses', t => {
  const registered = (url: string) => presetRegistration(CLIENT_PRESETS.find(({ name }) => name === 'grafana')!, url)
  t.deepEqual(registered('https://example.com/grafana/').redirectUris, [
    'https://example.com/grafana/login/generic_oauth',
  ])
  t.deepEqual(registered('https://example.com:8443').redirectUris, ['https://example.com:8443/login/generic_oauth'])
  t.deepEqual(registered('HTTPS://Example.com/').redirectUris, ['https://example.com/login/generic_oauth'])
  t.deepEqual(registered('http://localhost:3001').redirectUris, ['http://localhost:3001/login/generic_oauth'])
})

test('R-02: an address of a program is an https: URL without user, query or fragment', t => {
  const wrong = [
    ...['javascript:alert(1)', 'JavaScript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x'],
    ...['file:///etc/passwd', 'ftp://example.com', 'http://example.com', 'http://localhost.example.com', 'example.com'],
    ...[
      '',
      'https://',
      'https://ada@example.com',
      'https://@example.com',
      'https://example.com/?',
      'https://example.com/#',
    ],
    ...[
      'https://example.com/a b',
      'https://example.com/\n',
      'https://example.com\\x',
      "https://example.com/'",
      'https://example.com/$(id)',
    ],
    ...[
      'https://example.com//x',
      'https://example.com/%41/x',
      'https://*.example.com',
      "https://a'b.example.com",
      'https://$(id).example.com',
      '//example.com',
    ],
  ]
  for (const url of wrong) t.throws(() => addressOf(url), { instanceOf: InvalidInput }, url)
})

const HOSTILE = `https://app.example.com/a?b='"\\$(id)\`\${x}#;&<c>`

test('a value cannot end its literal in any language', t => {
  const read: Partial<Record<Language, (text: string) => unknown>> = {
    json: JSON.parse,
    yaml: JSON.parse,
    toml: JSON.parse,
    go: JSON.parse,
    java: JSON.parse,
    csharp: JSON.parse,
    hcl: text => JSON.parse(text).replaceAll('$${', '${'),
    js: unquoted("'"),
    ts: unquoted("'"),
    tsx: unquoted("'"),
    python: unquoted("'"),
    php: unquoted("'"),
    ruby: unquoted("'"),
    rust: unquoted('"'),
    apache: unquoted('"'),
    nginx: unquoted('"'),
    caddyfile: unquoted('"'),
    sh: text => text.slice(1, -1).replaceAll(`'\\''`, "'"),
  }
  for (const [language, parse] of Object.entries(read))
    t.is(parse(literal(language as Language, HOSTILE)), HOSTILE, language)
})

/** Reads a literal whose only escapes are a backslash before the quote or before another backslash. */
function unquoted(quote: string) {
  return (text: string) => {
    const [, inner] = new RegExp(`^${quote}((?:[^\\\\${quote}]|\\\\.)*)${quote}$`).exec(text) ?? []
    return inner?.replaceAll(/\\(.)/g, '$1')
  }
}

test('the endpoints in configurations are those of the discovery document', async t => {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`)
  const discovered = (await response.json()) as Record<string, string>
  const { preset, client, secret } = connected.get('grafana')!
  const probe = {
    ...preset,
    configuration: [
      {
        where: 'All',
        language: 'text' as const,
        text: (value: Record<string, string>) =>
          ['authorizationEndpoint', 'tokenEndpoint', 'userinfoEndpoint', 'endSessionEndpoint', 'jwksUri', 'issuer']
            .map(name => value[name])
            .join(' '),
      },
    ],
  }
  const [block] = presetConfiguration(probe as never, preset.url!.example, { issuer, client, secret })
  const names = ['authorization', 'token', 'userinfo', 'end_session'].map(name => `${name}_endpoint`)
  t.is(block?.text, [...names, 'jwks_uri', 'issuer'].map(name => discovered[name]).join(' '))
})

test('docs/clients is up to date (npm run docs:clients)', t => {
  const pages = clientPages()
  t.deepEqual(
    globSync('docs/clients/*', { cwd: ROOT.pathname }).toSorted(),
    [...pages.keys()].map(name => `docs/clients/${name}`).toSorted(),
  )
  for (const [name, text] of pages) t.is(readFileSync(new URL(`docs/clients/${name}`, ROOT), 'utf8'), text, name)
})
