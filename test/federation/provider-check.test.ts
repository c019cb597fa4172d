import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import type { Finding } from '../../src/federation/providers/provider-check.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { Upstream } from '../support/upstream.ts'

const upstream = await Upstream.start()
const clock = new MovingClock()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host }, clock })
const { app } = gatehouse
const provider = await upstream.connect(gatehouse)

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

test.beforeEach(() => {
  upstream.metadata = {}
})

async function checkProvider(changes: Partial<ProviderDefinition>): Promise<Finding[]> {
  const definition = { kind: 'oidc', clientId: 'some', secret: 'some', ...changes } as ProviderDefinition
  return app.providerCheck.of(await app.scope(() => app.identityProviders.register(definition, { by: operator })))
}

const findingOf = (findings: Finding[], check: Finding['check']) => findings.find(each => each.check === check)

test.serial('a correct provider has no failed check, and its redirect URI is shown', async t => {
  const findings = await app.providerCheck.of(provider)
  t.deepEqual(
    findings.filter(({ ok }) => ok === false),
    [],
  )
  t.deepEqual(
    findings.map(({ check }) => check),
    ['discovery', 'issuer', 'endpoints', 'keys', 'pkce', 'scopes', 'clock', 'redirect-uri'],
  )
  t.is(findingOf(findings, 'redirect-uri')?.detail, `${gatehouse.url}/federation/example/callback`)
})

test.serial('missing endpoints and scopes are reported', async t => {
  upstream.metadata = {
    jwks_uri: undefined,
    scopes_supported: ['openid'],
    code_challenge_methods_supported: undefined,
  }
  const findings = await app.providerCheck.of(provider)
  t.deepEqual(findingOf(findings, 'endpoints'), { check: 'endpoints', ok: false, detail: 'jwks_uri missing' })
  t.deepEqual(findingOf(findings, 'scopes'), { check: 'scopes', ok: false, detail: 'not offered: profile email' })
  t.is(findingOf(findings, 'pkce')?.ok, null)
  t.is(findingOf(findings, 'keys')?.ok, false)
})

test.serial('a different issuer is reported', async t => {
  upstream.metadata = { issuer: `${upstream.url}/realm` }
  const findings = await app.providerCheck.of(provider)
  t.like(findingOf(findings, 'issuer'), {
    ok: false,
    detail: `its issuer is ${upstream.url}/realm, not ${upstream.url}`,
  })
})

test.serial('a clock that differs is reported', async t => {
  clock.advance(300)
  const finding = findingOf(await app.providerCheck.of(provider), 'clock')
  t.is(finding?.ok, false)
  t.regex(finding!.detail, /^(299|30[01]) s behind ours$/)
  clock.advance(-300)
})

test.serial('D-01: a forbidden address is not requested, and the setting that allows it is named', async t => {
  const findings = await checkProvider({ name: 'closed', issuer: 'http://127.0.0.1:9' })
  t.is(findingOf(findings, 'discovery')?.ok, false)
  t.regex(findingOf(findings, 'discovery')!.detail, /OUTBOUND_ALLOW/)
  t.truthy(findingOf(findings, 'redirect-uri'))
})

test.serial('for plain OAuth 2.0, reachability is checked', async t => {
  const endpoints = { authorization: upstream.url, token: `${upstream.url}/token`, userinfo: `${upstream.url}/me` }
  const findings = await checkProvider({ kind: 'oauth2', endpoints })
  t.like(findingOf(findings, 'reachable'), { ok: true, detail: `${upstream.host} answers` })
  t.is(findingOf(findings, 'clock')?.ok, true)
})
