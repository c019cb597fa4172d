import test from 'ava'
import { pino } from 'pino'
import { operator } from '../../src/base/actor.ts'
import { UpstreamClient } from '../../src/federation/protocol/upstream-client.ts'
import { UpstreamFailure } from '../../src/federation/protocol/upstream-failure.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { Upstream } from '../support/upstream.ts'
import type { Fault } from '../support/upstream-faults.ts'

const upstream = await Upstream.start()
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: upstream.host } })
const { app } = gatehouse
const provider = await upstream.connect(gatehouse)
const ada = upstream.person({ sub: 'ada-there', email: 'ada-there@example.org', email_verified: true })

const lines: string[] = []
const log = pino({}, { write: line => void lines.push(line) })
const { identityProviders } = app
const upstreams = new UpstreamClient({ ...app, log })

test.after.always(async () => {
  upstream.close()
  await gatehouse.stop()
})

const faults: Fault[] = [
  'wrong issuer',
  'other nonce',
  'a key in the token header',
  'failing token',
  'other subject in userinfo',
]

for (const fault of faults) {
  test.serial(`a provider failure is logged once and without secrets: ${fault}`, async t => {
    lines.length = 0
    upstream.fault = fault
    const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
    const back = new URL(await upstream.visit(await upstreams.authorizationUrl(provider, request), { as: ada }))
    const failure = await t.throwsAsync(upstreams.exchangeCode(provider, back.searchParams, request), {
      instanceOf: UpstreamFailure,
    })
    t.is(failure.cause, undefined)
    t.is(lines.length, 1)
    t.like(JSON.parse(lines[0]!), { level: 40, provider: 'example', problem: failure.problem })
    const secrets = [request.state, request.nonce, request.verifier, back.searchParams.get('code')!, ada.sub, 'eyJ']
    const secret = await app.scope(() => identityProviders.find('example'))
    for (const each of [...secrets, identityProviders.secretOf(secret)!]) t.false(lines[0]!.includes(each), each)
  })
}

test.serial('an error parameter from the browser is not logged verbatim', async t => {
  lines.length = 0
  const request = await app.upstreamRequests.begin(provider, { to: 'interaction', uid: 'some' }, 'browser')
  const back = new URLSearchParams({
    state: request.state,
    iss: upstream.url,
    error: 'a\n{"level":60}',
    error_description: 'made up',
  })
  await t.throwsAsync(upstreams.exchangeCode(provider, back, request), { instanceOf: UpstreamFailure })
  t.is(lines.length, 1)
  t.false(/made up|level\\?":60/.test(lines[0]!))
})

test.serial('a secret that cannot be decrypted is logged as such', async t => {
  const made = await upstream.connect(gatehouse, { name: 'sealed' })
  const other = await app.scope(() => identityProviders.update('sealed', { title: 'Sealed' }, { by: operator }))
  other.sealedSecret = `v1.unknown0.${made.sealedSecret!.split('.')[2]}`
  const request = await app.upstreamRequests.begin(other, { to: 'interaction', uid: 'some' }, 'browser')
  const failure = await t.throwsAsync(upstreams.authorizationUrl(other, request), { instanceOf: UpstreamFailure })
  t.is(failure.problem, 'broken')
  t.regex(failure.message, /SECRET_KEYS/)
})
