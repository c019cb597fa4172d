import test from 'ava'
import { openUpstream, usualUpstreamPort } from '../../cli/serve/upstream.ts'
import { operator } from '../../src/base/actor.ts'
import { loadConfig } from '../../src/base/config.ts'
import { Conflict } from '../../src/base/refusals.ts'
import { gatehouse } from '../support/command.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { freePort } from '../support/programs.ts'

/** What `serve --with-upstream` does to the registered providers. */

let running: Gatehouse

test.before(async () => {
  running = await startGatehouse()
})

test.after.always(() => running.stop())

async function offered() {
  const { app } = running
  const providers = await app.scope(() => app.identityProviders.list())
  return providers.map(({ name, issuer, enabled }) => ({ name, issuer, enabled }))
}

/** The App as it would be configured at its next start. */
function at(demoUpstreamPort: number | null) {
  return { ...running.app, config: { ...running.app.config, demoUpstreamPort } }
}

async function startAndStop(port: number) {
  const upstream = await openUpstream(at(port), running.app.log)
  await upstream?.close()
}

test.serial('Example Upstream is a provider while it is turned on, and disabled otherwise', async t => {
  const { app } = running
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const upstream = await openUpstream(at(port), app.log)
  t.is(upstream?.url, issuer)
  t.is((await fetch(`${issuer}/.well-known/openid-configuration`)).status, 200)
  await upstream?.close()
  const { id } = await app.scope(() => app.identityProviders.find('example'))

  t.is(await openUpstream(at(null), app.log), null)
  t.deepEqual(await offered(), [{ name: 'example', issuer, enabled: false }])

  await startAndStop(port)
  t.deepEqual(await offered(), [{ name: 'example', issuer, enabled: true }])
  t.is(
    (await app.scope(() => app.identityProviders.find('example'))).id,
    id,
    'accounts that were connected stay connected',
  )

  const other = await freePort()
  await startAndStop(other)
  t.deepEqual(await offered(), [{ name: 'example', issuer: `http://localhost:${other}`, enabled: true }])
})

test.serial('a provider named example that an operator has added is left alone', async t => {
  const { app } = running
  const definition = { kind: 'oidc', name: 'example', issuer: 'https://login.example.com', clientId: 'ours' } as const
  await app.scope(() => app.identityProviders.remove('example', { by: operator }))
  await app.scope(() => app.identityProviders.register({ ...definition, secret: 'theirs' }, { by: operator }))
  const before = await offered()

  t.is(await openUpstream(at(null), app.log), null)
  t.deepEqual(await offered(), before)
  await t.throwsAsync(openUpstream(at(3002), app.log), { instanceOf: Conflict })
  t.deepEqual(await offered(), before)
})

test('Example Upstream takes a port that neither Gatehouse nor the demo uses', t => {
  const config = (env: Record<string, string>) => loadConfig(env, { createSecrets: false })
  t.is(usualUpstreamPort(config({})), 3002)
  t.is(usualUpstreamPort(config({ PORT: '3002' })), 3003)
  t.is(usualUpstreamPort(config({ PORT: '3001' })), 3003)
  t.is(config({ DEMO_UPSTREAM_PORT: '3001' }).demoPort, 3002)
})

test('Example Upstream never runs in production, where it would let anyone in', async t => {
  const env = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://id.example.com',
    DATABASE_URL: 'postgresql://gatehouse:none@localhost:1/gatehouse',
    SECRET_KEYS: 'Tm90IGEgc2VjcmV0OiBhIGtleSBmb3IgdGVzdHMgYWxvbmUu',
  }
  const answer = await gatehouse(['serve', '--with-upstream'], env)
  t.not(answer.code, 0)
  t.regex(answer.stderr, /DEMO_UPSTREAM_PORT: Example Upstream lets anyone sign in, so it does not run in production/)
})
