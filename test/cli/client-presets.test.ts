import test from 'ava'
import { CLIENT_PRESETS } from '../../src/clients/presets/client-presets.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

interface Added {
  id: string
  name: string
  profile: string
  secret?: string
  redirectUris: string[]
  preset: string
  configuration: { where: string; language: string; text: string }[]
  [property: string]: unknown
}

test('--for registers what the program needs, and prints its configuration with the secret', async t => {
  const { code, out, err } = await cli.run('clients add --for oauth2-proxy --url https://app.example.com --id proxy')
  t.is(code, 0, err)
  t.is(err, '')
  t.regex(
    out,
    /^Registered OAuth2 Proxy \(web\)\.\nThe secret is shown only once\.\n\noauth2-proxy\.cfg:\n\nprovider = "oidc"$/m,
  )
  t.regex(out, /^oidc_issuer_url = "https:\/\/id\.example\.com"$/m)
  t.regex(out, /^client_id = "proxy"$/m)
  t.regex(out, /^redirect_url = "https:\/\/app\.example\.com\/oauth2\/callback"$/m)
  t.regex(out, /^If it fails:\n\n {2}\S.*\n {4}\S/m)
  t.notRegex(out, /It is registered with/)
  const named = await cli.run('clients add --for vault --url https://vault.example.com --id vault')
  t.regex(named.out, /gatehouse clients update vault --add-redirect-uri/, 'commands name the client')
  const weak = await cli.run('clients add --for passport-openidconnect --url https://app.example.com')
  t.regex(weak.out, /^It is registered with neither PKCE nor nonce; see docs\/security\.md\.$/m)
  const [, secret = ''] = /^client_secret = "(.+)"$/m.exec(out) ?? []
  const client = await cli.app.scope(() => cli.app.clients.find('proxy'))
  t.true(client.hasSecret(secret, new Date()))
  t.like(client.summary(), {
    profile: 'web',
    uri: 'https://app.example.com',
    redirectUris: ['https://app.example.com/oauth2/callback'],
    postLogoutRedirectUris: ['https://app.example.com/'],
    scopes: ['openid', 'profile', 'email', 'roles'],
  })
})

test('with --json, the configuration is part of the answer', async t => {
  const added = await cli.json<Added>('clients add --for grafana --url https://grafana.example.com/')
  t.is(added.preset, 'grafana')
  const [block] = added.configuration
  t.like(block, { where: 'grafana.ini', language: 'ini' })
  t.true(block?.text.includes(`client_secret = ${added.secret}\n`))
})

test('options replace what the preset says', async t => {
  const added = await cli.json<Added>(
    'clients add "The wiki" --for oauth2-proxy --url https://wiki.example.com --redirect-uri https://wiki.example.com/back' +
      ' --redirect-uri https://wiki.example.com/other --scope email --first-party --id-token-alg ES256 --uri none',
  )
  t.like(added, {
    name: 'The wiki',
    redirectUris: ['https://wiki.example.com/back', 'https://wiki.example.com/other'],
    scopes: ['email'],
    firstParty: true,
    idTokenAlg: 'ES256',
    uri: null,
  })
  const text = added.configuration.map(block => block.text).join('\n')
  t.true(text.includes('redirect_url = "https://wiki.example.com/back"'))
  t.true(text.includes('scope = "openid email"'))
})

test('a program on the machine of the person needs no --url, and has none', async t => {
  const { preset, profile, secret, redirectUris } = await cli.json<Added>('clients add --for oidc-agent')
  t.deepEqual([preset, profile, secret, redirectUris], ['oidc-agent', 'native', undefined, ['http://localhost']])
  const refused = await cli.run('clients add --for oidc-agent --url https://app.example.com')
  t.is(refused.code, 2)
  t.regex(refused.err, /^gatehouse: --url is not possible: oidc-agent has no address/)
})

test('an unknown program is refused with the nearest names', async t => {
  const refused = async (name: string) => {
    const { code, err } = await cli.run(`clients add --for ${name} --url https://app.example.com`)
    t.is(code, 2)
    return err
  }
  t.regex(await refused('oauth2proxy'), /there is no preset for "oauth2proxy"\n\(Did you mean oauth2-proxy\?\)/)
  t.regex(await refused('Grafana'), /Did you mean grafana\?/)
  t.regex(await refused('spa'), /Did you mean oidc-client-ts\?/, 'another word for it')
  t.regex(await refused('Rust'), /Did you mean openidconnect-rs\?/, 'and none that only contains it, such as trust')
  const unlike = await refused('zzzzzzzzzzzzzzzzzzzzzzzz')
  t.notRegex(unlike, /Did you mean/)
  t.regex(unlike, /gatehouse clients presets/)
})

test('R-02: a wrong --url is refused with the reason, and nothing is registered', async t => {
  const wrong = {
    'javascript:alert(1)': /must be an https: URL/,
    'data:text/html,x': /must be an https: URL/,
    'http://grafana.example.com': /must be an https: URL \(http: only on localhost\)/,
    'grafana.example.com': /is not an absolute URL, such as/,
    'https://grafana.example.com/?orgId=1': /must have no query and no fragment/,
    'https://ada:secret@grafana.example.com': /must not contain a user name or password/,
  }
  for (const [url, problem] of Object.entries(wrong)) {
    const { code, err } = await cli.run(`clients add --for grafana --id wrong --url '${url}'`)
    t.is(code, 2, url)
    t.regex(err, /^gatehouse: --url: "/)
    t.regex(err, problem)
  }
  const missing = await cli.run('clients add --for grafana')
  t.is(missing.code, 2)
  t.regex(missing.err, /^gatehouse: --url is required for Grafana: root_url in grafana\.ini, such as https:/)
  t.is((await cli.run('clients show wrong')).code, 3)
})

test('without --for, a name and a profile are required, and --url is refused', async t => {
  const nothing = await cli.run('clients add')
  t.deepEqual(
    [nothing.code, nothing.err],
    [2, 'gatehouse: --profile is required, or --for with the name of a program\n'],
  )
  const nameless = await cli.run('clients add --profile spa --redirect-uri https://a.example.com/cb')
  t.deepEqual([nameless.code, nameless.err], [2, 'gatehouse: <name> is required without --for\n'])
  const useless = await cli.run('clients add Shop --profile spa --url https://a.example.com')
  t.is(useless.code, 2)
  t.regex(useless.err, /--url is only possible with --for/)
})

test('presets lists all programs', async t => {
  const { code, out } = await cli.run('clients presets')
  t.is(code, 0)
  const listed = await cli.json<unknown>('clients presets')
  t.true(Array.isArray(listed) && listed.length === CLIENT_PRESETS.length)
  for (const { name, title } of CLIENT_PRESETS) t.regex(out, new RegExp(`^${name} +${RegExp.escape(title)} `, 'm'))
})
