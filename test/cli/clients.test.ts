import test from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

interface Summary {
  id: string
  secret?: string
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  scopes: string[]
  [property: string]: unknown
}

test('add prints the settings to paste, with the secret, on standard output only', async t => {
  const { code, out, err } = await cli.run(
    'clients add "Wiki" --id wiki --profile web --redirect-uri https://wiki.example.com/callback',
  )
  t.is(code, 0, err)
  t.is(err, '')
  const secret = /^CLIENT_SECRET=(\S+)$/m.exec(out)?.[1] ?? ''
  t.regex(
    out,
    /^ISSUER=https:\/\/id\.example\.com\nCLIENT_ID=wiki\nCLIENT_SECRET=.+\nREDIRECT_URI=https:\/\/wiki\.example\.com\/callback$/m,
  )
  t.true(await cli.app.scope(async () => (await cli.app.clients.find('wiki')).hasSecret(secret, new Date())))
  const later = await cli.run('clients show wiki')
  t.false((later.out + (await cli.run('clients list')).out).includes(secret))
})

test('for a machine, add prints a token request that reads the secret from the environment', async t => {
  const { out } = await cli.run('clients add "Nightly report" --profile machine --scope reports:read')
  const secret = /^CLIENT_SECRET=(\S+)$/m.exec(out)?.[1] ?? t.fail()
  const request = out.split('\n').find(line => line.startsWith('curl'))
  t.is(
    request,
    'curl "$ISSUER/token" -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials --data-urlencode scope=reports:read',
  )
  t.false(request?.includes(String(secret)))
})

test('every property of a registration has an option', async t => {
  const files = { 'jwks.json': JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] }) }
  const client = await cli.json<Summary>(
    'clients add Everything --id everything --profile web --redirect-uri https://a.example.com/1' +
      ' --redirect-uri https://a.example.com/2 --post-logout-redirect-uri https://a.example.com/ --scope email' +
      ' --scope orders:read --first-party --pkce off --roles-claim groups --claim picture=none --response-type id_token' +
      ' --access-token-format jwt --revoke-on-refresh on --introspects https://api.example.com --access-token-ttl 2m --refresh-token-ttl 30d' +
      ' --refresh-token-max-ttl 180d --auth-method private_key_jwt --jwks-file jwks.json --id-token-alg RS256' +
      ' --uri https://a.example.com --logo-uri https://a.example.com/logo.png' +
      ' --policy-uri https://a.example.com/privacy --tos-uri https://a.example.com/terms' +
      ' --backchannel-logout-uri https://a.example.com/out --backchannel-logout-session-required',
    { files },
  )
  t.like(client, {
    redirectUris: ['https://a.example.com/1', 'https://a.example.com/2'],
    postLogoutRedirectUris: ['https://a.example.com/'],
    scopes: ['email', 'orders:read'],
    firstParty: true,
    pkce: 'off',
    rolesClaim: 'groups',
    claims: [{ claim: 'picture', from: null }],
    responseTypes: ['id_token'],
    warnings: ['neither PKCE nor nonce', 'response type id_token'],
    accessTokenFormat: 'jwt',
    revokeOnRefresh: true,
    introspects: ['https://api.example.com'],
    accessTokenTtl: 120,
    refreshTokenTtl: 30 * 86_400,
    refreshTokenMaxTtl: 180 * 86_400,
    tokenEndpointAuthMethod: 'private_key_jwt',
    idTokenAlg: 'RS256',
    uri: 'https://a.example.com',
    logoUri: 'https://a.example.com/logo.png',
    policyUri: 'https://a.example.com/privacy',
    backchannelLogoutUri: 'https://a.example.com/out',
    backchannelLogoutSessionRequired: true,
    tosUri: 'https://a.example.com/terms',
  })
  t.is(client.secret, undefined)
})

test('claims are shown as they are given; they can be added, removed, and removed all at once', async t => {
  const claims = `--claim "groups=roles only=wiki-* in=id_token,userinfo" --claim 'tenant="acme inc"'`
  await cli.run(`clients add Claims --id claims --profile web --redirect-uri https://c.example.com/ ${claims}`)
  const shown = async () => /claims +(.*)/.exec((await cli.run('clients show claims')).out)?.[1]
  t.is(await shown(), 'groups=roles only=wiki-* in=id_token,userinfo, tenant="acme inc"')
  t.deepEqual((await cli.json('clients show claims')).claims, [
    { claim: 'groups', from: 'roles', only: ['wiki-*'], in: ['id_token', 'userinfo'] },
    { claim: 'tenant', value: 'acme inc' },
  ])
  await cli.run('clients update claims --add-claim picture=none --remove-claim tenant')
  t.is(await shown(), 'groups=roles only=wiki-* in=id_token,userinfo, picture=none')
  await cli.run('clients update claims --claim mail=email')
  t.is(await shown(), 'mail=email')
  await cli.run('clients update claims --claim none')
  t.is(await shown(), '-')
  const refused: [string, RegExp][] = [
    ['--claim groups', /--claim: "groups" is not understood; expected NAME=SOURCE, such as "groups=roles/],
    ['--claim groups=everyone', /--claim: "everyone" is not understood: .* or from one of sub, name/],
    ['--claim aud=email', /--claim: "aud" must not be aud/],
    ['--claim groups=roles --roles-claim groups', /--claim: "groups" is given twice \(--roles-claim/],
    ['--claim "groups=roles in=logs"', /in= must be one or more of id_token, access_token, userinfo/],
    ['--remove-claim groups', /cannot remove "groups"/],
  ]
  for (const [options, words] of refused) {
    const { code, err } = await cli.run(`clients update claims ${options}`)
    t.is(code, 2, options)
    t.regex(err, words)
  }
  t.is(await shown(), '-')
})

test('update changes only the given options; lists can grow and shrink', async t => {
  await cli.run(
    'clients add Shop --id shop --profile spa --redirect-uri https://shop.example.com/a --access-token-ttl 2h',
  )
  const grown = await cli.json<Summary>(
    'clients update shop --add-redirect-uri https://shop.example.com/b --add-scope orders:read' +
      ' --add-post-logout-redirect-uri https://shop.example.com/ --name "The shop" --logo-uri https://shop.example.com/l.png',
  )
  t.deepEqual(grown.redirectUris, ['https://shop.example.com/a', 'https://shop.example.com/b'])
  t.deepEqual(grown.postLogoutRedirectUris, ['https://shop.example.com/'])
  t.true(grown.scopes.includes('orders:read') && grown.scopes.includes('email'))
  t.like(grown, { name: 'The shop', accessTokenTtl: 7200, logoUri: 'https://shop.example.com/l.png' })

  const shrunk = await cli.json<Summary>(
    'clients update shop --remove-redirect-uri https://shop.example.com/a --remove-scope email' +
      ' --remove-post-logout-redirect-uri https://shop.example.com/ --access-token-ttl default --logo-uri none',
  )
  t.deepEqual(shrunk.redirectUris, ['https://shop.example.com/b'])
  t.deepEqual(shrunk.postLogoutRedirectUris, [])
  t.false(shrunk.scopes.includes('email'))
  t.like(shrunk, { name: 'The shop', accessTokenTtl: null, logoUri: null })

  const logout = '--backchannel-logout-uri https://shop.example.com/out --backchannel-logout-session-required'
  await cli.run(`clients update shop ${logout}`)
  t.like(await cli.json<Summary>('clients show shop'), {
    backchannelLogoutUri: 'https://shop.example.com/out',
    backchannelLogoutSessionRequired: true,
  })
  const none = '--backchannel-logout-uri none --no-backchannel-logout-session-required'
  t.like(await cli.json<Summary>(`clients update shop ${none}`), {
    backchannelLogoutUri: null,
    backchannelLogoutSessionRequired: false,
  })
  const refused = await cli.run('clients update shop --backchannel-logout-uri http://shop.example.com/out')
  t.is(refused.code, 2)
  t.regex(refused.err, /--backchannel-logout-uri: .*must be an https: URL/)

  t.is((await cli.run('clients update shop --remove-scope nonsense')).code, 2)
  t.is((await cli.run('clients update shop --remove-redirect-uri https://shop.example.com/b')).code, 2)
})

test('the commands printed on the error page work as they are', async t => {
  await cli.run('clients add Page --id page --profile web --redirect-uri https://page.example.com/cb')
  for (const line of [
    `clients update page --add-redirect-uri 'https://page.example.com/other?a=1&b=2'`,
    `clients update page --add-post-logout-redirect-uri https://page.example.com/bye`,
    `clients update page --add-scope orders:read`,
    'clients list',
  ]) {
    t.is((await cli.run(line)).code, 0, line)
  }
  const page = await cli.json<Summary>('clients show page')
  t.deepEqual(page.redirectUris, ['https://page.example.com/cb', 'https://page.example.com/other?a=1&b=2'])
})

test('rotate-secret revokes the old secret and prints a new one', async t => {
  const { secret: old } = await cli.json<Summary>(
    'clients add R --id rotating --profile web --redirect-uri https://r.example.com/cb',
  )
  const { secret } = await cli.json<Summary>('clients rotate-secret rotating')
  await cli.app.scope(async () => {
    const client = await cli.app.clients.find('rotating')
    t.true(client.hasSecret(String(secret), new Date()))
    t.false(client.hasSecret(String(old), new Date()))
  })
  await cli.run('clients add P --id public --profile spa --redirect-uri https://p.example.com/cb')

  const basic = 'clients update public --auth-method client_secret_basic'
  t.regex(
    (await cli.run(basic)).err,
    /needs a client secret, and this client has none; run clients rotate-secret first/,
  )
  t.is((await cli.run('clients rotate-secret public')).code, 0)
  t.is((await cli.run(basic)).code, 0, 'what the error says works')
})

test('remove asks for confirmation', async t => {
  await cli.run('clients add G --id going --profile spa --redirect-uri https://g.example.com/cb')
  t.is((await cli.run('clients remove going')).code, 2, 'there is no terminal')
  t.is((await cli.run('clients remove going', { answers: [''] })).code, 130, 'an empty answer means no')
  t.is((await cli.run('clients show going')).code, 0)
  t.is((await cli.run('clients remove going', { answers: ['y'] })).code, 0)
  t.is((await cli.run('clients show going')).code, 3)
  t.is((await cli.run('clients remove going --yes')).code, 3)
})

test('an invalid registration is refused by option', async t => {
  const bad = await cli.run('clients add Bad --profile web --redirect-uri javascript:alert(1)')
  t.is(bad.code, 2)
  t.regex(bad.err, /^gatehouse: --redirect-uri: "javascript:alert\(1\)" must not use the scheme javascript:\n$/)
  t.is((await cli.run('clients add Bad --redirect-uri https://a.example.com/')).code, 2, 'without a profile')
  t.is((await cli.run('clients add Bad --profile desktop')).code, 2)
  t.is((await cli.run('clients add Bad --profile machine --access-token-ttl soon')).code, 2)
  t.is((await cli.run('clients add Bad --profile machine --jwks-file x', { files: { x: 'no json' } })).code, 2)
  await cli.run('clients add One --id twice --profile machine')
  t.is((await cli.run('clients add Two --id twice --profile machine')).code, 4)
})
