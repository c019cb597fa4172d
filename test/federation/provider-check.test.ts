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

async function examined(changes: Partial<ProviderDefinition>): Promise<Finding[]> {
  const definition = { kind: 'oidc', clientId: 'some', secret: 'some', ...changes } as ProviderDefinition
  return app.providerCheck.of(await app.scope(() => app.identityProviders.register(definition, { by: operator })))
}

const said = (findings: Finding[], check: Finding['check']) => findings.find(each => each.check === check)

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
  t.is(said(findings, 'redirect-uri')?.detail, `${gatehouse.url}/federation/example/callback`)
})

test.serial('missing endpoints and scopes are found', async t => {
  upstream.metadata = {
    jwks_uri: undefined,
    scopes_supported: ['openid'],
    code_challenge_methods_supported: undefined,
  }
  const findings = await app.providerCheck.of(provider)
  t.deepEqual(said(findings, 'endpoints'), { check: 'endpoints', ok: false, detail: 'jwks_uri missing' })
  t.deepEqual(said(findings, 'scopes'), { check: 'scopes', ok: false, detail: 'not offered: profile email' })
  t.is(said(findings, 'pkce')?.ok, null)
  t.is(said(findings, 'keys')?.ok, false)
})

test.serial('a different issuer is found', async t => {
  upstream.metadata = { issuer: `${upstream.url}/realm` }
  const findings = await app.providerCheck.of(provider)
  t.like(said(findings, 'issuer'), {
    ok: false,
    detail: `its issuer is ${upstream.url}/realm, not ${upstream.url}`,
  })
})

test.serial('a clock that differs is found', async t => {
  clock.advance(300)
  const finding = said(await app.providerCheck.of(provider), 'clock')
  t.is(finding?.ok, false)
  t.regex(finding!.detail, /^(299|30[01]) s behind ours$/)
  clock.advance(-300)
})

test.serial('D-01: a forbidden address is not requested, and the setting that allows it is named', async t => {
  const findings = await examined({ name: 'closed', issuer: 'http://127.0.0.1:9' })
  t.is(said(findings, 'discovery')?.ok, false)
  t.regex(said(findings, 'discovery')!.detail, /OUTBOUND_ALLOW/)
  t.truthy(said(findings, 'redirect-uri'))
})

test.serial('for plain OAuth 2.0, reachability is checked', async t => {
  const endpoints = { authorization: upstream.url, token: `${upstream.url}/token`, userinfo: `${upstream.url}/me` }
  const findings = await examined({ kind: 'oauth2', endpoints })
  t.like(said(findings, 'reachable'), { ok: true, detail: `${upstream.host} answers` })
  t.is(said(findings, 'clock')?.ok, true)
})
