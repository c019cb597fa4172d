import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { UpstreamFailure } from '../../src/federation/protocol/upstream-failure.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { Listener } from '../support/listener.ts'
import { Upstream } from '../support/upstream.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host } })
const { app } = gatehouse
const ada = upstream.person({ sub: 'ada-there' })

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

const fails = { instanceOf: UpstreamFailure }

async function signIn(name: string) {
  const provider = await upstream.connect(gatehouse, { name })
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URL(await upstream.visit(await app.upstreamClient.authorizationUrl(provider, request), { as: ada }))
  return app.upstreamClient.exchangeCode(provider, back.searchParams, request)
}

test.serial('D-01: no discovery request is sent to a special-use address', async t => {
  const evil = (await Listener.open(t))!
  const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]', '169.254.169.254']
  const issuers = hosts.flatMap(host => [`http://${host}:${evil.port}`, `https://${host}:${evil.port}`])
  for (const [number, issuer] of issuers.entries()) {
    const definition = { kind: 'oidc', name: `evil-${number}`, issuer, clientId: 'some', secret: 'some' } as const
    const provider = await app.scope(() => app.identityProviders.register(definition, { by: operator }))
    const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
    const failure = await t.throwsAsync(app.upstreamClient.authorizationUrl(provider, request), fails, issuer)
    t.like(
      failure,
      { problem: 'unavailable', code: 'upstream_unavailable' },
      'the error is the same, whatever listens at the address',
    )
  }
  t.is(evil.connections, 0)
})

for (const endpoint of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
  test.serial(`D-01: no request goes to a special-use address that the provider names as its ${endpoint}`, async t => {
    const evil = (await Listener.open(t))!
    upstream.metadata = { [endpoint]: `http://127.0.0.1:${evil.port}/` }
    t.is((await t.throwsAsync(signIn(endpoint.replaceAll('_', '-')), fails)).problem, 'unavailable')
    upstream.metadata = {}
    t.is(evil.connections, 0)
  })
}

test.serial('D-01: a redirect from the userinfo endpoint is not followed', async t => {
  const evil = (await Listener.open(t))!
  upstream.evil = `http://127.0.0.1:${evil.port}`
  upstream.fault = 'redirecting userinfo'
  t.is((await t.throwsAsync(signIn('redirecting'), fails)).problem, 'unavailable')
  upstream.fault = null
  t.is(evil.connections, 0)
})
