import anyTest, { type TestFn } from 'ava'
import { type Demo, startDemo } from '../../demo/server.ts'
import { type Issuer, startIssuer } from './issuer.ts'

const test = anyTest as TestFn<{ issuer: Issuer; demo: Demo; call(token?: string): Promise<Response> }>

test.before(async t => {
  const issuer = await startIssuer()
  const demo = await startDemo({ issuer: issuer.url, port: 0, clientId: 'demo', clientSecret: 'secret' })
  const call = (token?: string) =>
    fetch(`${demo.url}/api/whoami`, { headers: token == null ? {} : { authorization: `Bearer ${token}` } })
  t.context = { issuer, demo, call }
})

test.after.always(async t => {
  await t.context.demo.close()
  await t.context.issuer.close()
})

test('the API accepts a token that is issued for it and has its scope', async t => {
  const { issuer, demo, call } = t.context
  const claims = { aud: `${demo.url}/api`, scope: 'other demo:read', roles: ['subscriber'] }
  const answer = await call(await issuer.accessToken(claims))
  t.is(answer.status, 200)
  t.is(answer.headers.get('cache-control'), 'no-store')
  t.deepEqual(await answer.json(), {
    sub: 'ada',
    roles: ['subscriber'],
    scope: 'other demo:read',
    client_id: 'demo',
  })
})

test('without a token the response is a Bearer challenge, which says where to get one', async t => {
  const { demo, issuer, call } = t.context
  const answer = await call()
  t.is(answer.status, 401)
  const metadata = `${demo.url}/.well-known/oauth-protected-resource/api`
  const challenge = answer.headers.get('www-authenticate') ?? ''
  t.true(challenge.startsWith(`Bearer resource_metadata="${metadata}", `), challenge)
  for (const address of [metadata, `${demo.url}/.well-known/oauth-protected-resource`]) {
    const document = await fetch(address)
    t.is(document.headers.get('access-control-allow-origin'), '*')
    t.regex(document.headers.get('content-type') ?? '', /^application\/json/)
    t.like(await document.json(), {
      resource: `${demo.url}/api`,
      authorization_servers: [issuer.url],
      scopes_supported: ['demo:read'],
      resource_name: 'Demo API',
    })
  }
})

test('a token without the scope is refused with the missing scope', async t => {
  const { issuer, demo, call } = t.context
  const answer = await call(await issuer.accessToken({ aud: `${demo.url}/api`, scope: 'demo:reader' }))
  t.is(answer.status, 403)
  t.regex(
    answer.headers.get('www-authenticate') ?? '',
    /^Bearer error="insufficient_scope", error_description="[^"]+", scope="demo:read", resource_metadata="/,
  )
})

test('the API refuses every other token', async t => {
  const { issuer, demo, call } = t.context
  const good = { aud: `${demo.url}/api`, scope: 'demo:read' }
  const otherIssuer = await startIssuer()
  t.teardown(() => otherIssuer.close())

  const [head, body, signature] = (await issuer.accessToken(good)).split('.')
  const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`
  const refused = {
    'for another API': await issuer.accessToken({ ...good, aud: 'https://api.example.com' }),
    'without an audience': await issuer.accessToken({ scope: 'demo:read' }),
    'an ID token': await issuer.accessToken(good, { typ: 'JWT' }),
    'run out': await issuer.accessToken({ ...good, exp: Math.floor(Date.now() / 1000) - 20 }),
    'without an expiry': await issuer.accessToken({ ...good, exp: undefined }),
    'from another issuer': await issuer.accessToken({ ...good, iss: 'https://id.example.com' }),
    'signed by another server in the name of the issuer': await otherIssuer.accessToken({ ...good, iss: issuer.url }),
    unsigned,
    'with a changed body': `${head}.${body?.slice(0, -2)}.${signature}`,
    'no JWT': 'abcdef',
  }
  for (const [what, token] of Object.entries(refused)) {
    const answer = await call(token)
    t.is(answer.status, 401, what)
    t.regex(
      answer.headers.get('www-authenticate') ?? '',
      /^Bearer error="invalid_token", error_description="[^"]+", /,
      what,
    )
  }
})

test('if the keys cannot be fetched, the response does not blame the caller', async t => {
  const issuer = await startIssuer()
  await issuer.close()
  const logged: string[] = []
  const log = { error: (_details: object, message: string) => logged.push(message), warn: logged.push.bind(logged) }
  const demo = await startDemo({ issuer: issuer.url, port: 0, clientId: 'demo', clientSecret: 'secret', log })
  t.teardown(() => demo.close())
  const token = await issuer.accessToken({ aud: `${demo.url}/api`, scope: 'demo:read' })

  const answer = await fetch(`${demo.url}/api/whoami`, { headers: { authorization: `Bearer ${token}` } })
  t.is(answer.status, 503)
  t.true(logged.some(line => line.includes(`can't read the keys of ${issuer.url}`)))
  t.false(logged.includes('the demo failed to respond'))
})
