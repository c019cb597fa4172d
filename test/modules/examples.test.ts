import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { LoopbackIssuer } from '../support/resource-server/loopback-issuer.ts'
import { settles } from '../support/settles.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const gatehouse = await startGatehouse()
const { app, url: issuer } = gatehouse
test.after.always(() => gatehouse.stop())

function run(t: ExecutionContext, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  return child
}

for (const framework of ['express', 'koa', 'fastify', 'hono']) {
  test(`the example for ${framework} accepts tokens of the product, and refuses others`, async t => {
    const port = await freePort()
    const audience = `http://localhost:${port}`
    const registration = { id: audience, name: framework, scopes: [{ name: 'orders:read' }, { name: 'orders:write' }] }
    await app.scope(() => app.resources.register(registration, { by: operator }))
    const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'orders:read', 'orders:write'] })
    const ada = await makePerson(gatehouse)
    const signIn = async (scope: string) =>
      (await rp.signIn(ada, { scope: `openid ${scope}`, resource: audience })).tokens.access_token

    const child = run(t, [`examples/api-${framework}.mjs`], { ISSUER: issuer, AUDIENCE: audience, PORT: String(port) })
    await settles(once(child.stdout!, 'data'))

    const call = (token?: string) =>
      fetch(`${audience}/orders`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
    t.is((await call()).status, 401)
    t.is((await call(await signIn('orders:write'))).status, 403)
    const answer = await call(await signIn('orders:read'))
    t.deepEqual([answer.status, await answer.json()], [200, { hello: ada.id }])
  })
}

test('following the list does not keep a process alive that has nothing else to do', async t => {
  const loopback = await LoopbackIssuer.start()
  t.teardown(() => loopback.stop())
  // Its input is all that it waits for besides.
  const script = `
    import { protect } from 'gatehouse/resource-server'
    protect({ issuer: '${loopback.url}', audience: 'https://api.example.org' }).start()
    process.stdin.resume()
  `
  const child = run(t, ['--input-type=module', '--eval', script])
  t.true(await eventually(() => loopback.waiting === 1 || child.exitCode !== null))
  t.is(child.exitCode, null)
  child.stdin!.end()
  await settles(once(child, 'exit'))
  t.is(child.exitCode, 0)
  t.is(loopback.asked.at(-1), 'after=0&wait=25')
})
