import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { withOAuth } from '@modelcontextprotocol/sdk/client/middleware.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import test, { type ExecutionContext } from 'ava'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { startDemoAt } from '../demo/registered-demo.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { McpApplication } from '../support/mcp/application.ts'
import { startMcpServer } from '../support/mcp/server.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app, url: issuer } = gatehouse
test.after.always(() => gatehouse.stop())

const SCOPE = { name: 'whoami', description: 'Know who you are' }

/** A server of the protocol, registered as an API. */
async function mcpServer(t: ExecutionContext, options: Partial<Parameters<typeof startMcpServer>[0]> = {}) {
  const server = await startMcpServer({ issuer, path: '/mcp', scope: SCOPE.name, scopes: [SCOPE.name], ...options })
  t.teardown(() => server.close())
  const resource = { id: server.address, name: 'Whoami', scopes: [SCOPE] }
  await app.scope(() => app.resources.register(resource, { by: operator }))
  return server
}

/** A program that an operator has registered. */
async function application({ scope, ...registration }: Partial<ClientRegistration> & { scope?: string } = {}) {
  const made = new McpApplication({ issuer, ...(scope === undefined ? {} : { scope }) })
  const { client } = await app.scope(() =>
    app.clients.register(
      {
        name: 'Assistant',
        profile: 'native',
        redirectUris: [made.redirectUrl],
        scopes: ['openid', 'profile', 'offline_access', SCOPE.name, 'demo:read'],
        ...registration,
      },
      { by: operator },
    ),
  )
  made.client = { client_id: client.id }
  return made
}

/** Connects as the library's documentation says: the first attempt sends the person to sign in. */
async function connect(t: ExecutionContext, made: McpApplication, address: string) {
  const person = await makePerson(gatehouse)
  const client = new Client({ name: 'Assistant', version: '1.0.0' })
  const transport = () => new StreamableHTTPClientTransport(new URL(address), { authProvider: made })
  const first = transport()
  await t.throwsAsync(client.connect(first), { instanceOf: UnauthorizedError })
  await first.finishAuth(await made.signIn(person))
  await client.connect(transport())
  t.teardown(() => client.close())
  const call = async () => (await client.callTool({ name: 'whoami' })).content
  return { person, call }
}

test('the client library finds Gatehouse by the address of a server alone, signs a person in, calls a tool, and refreshes', async t => {
  const server = await mcpServer(t)
  const made = await application()
  const { person, call } = await connect(t, made, server.address)
  const answer = [{ type: 'text', text: person.id }]
  t.deepEqual(await call(), answer)

  const [request] = made.requests
  t.is(request?.searchParams.get('scope'), SCOPE.name)
  t.is(request?.searchParams.get('resource'), server.address)
  const { access_token: spent, refresh_token: before } = made.kept!
  made.kept = { ...made.kept!, access_token: 'expired' }
  t.deepEqual(await call(), answer, 'the library refreshes when the server answers 401')
  t.not(made.kept.access_token, spent)
  t.not(made.kept.refresh_token, before)
  t.is(made.requests.length, 1, 'without the person')
})

test('it connects to a server whose metadata names no scopes, with the scopes that it asks for itself, or none', async t => {
  for (const scope of [undefined, '', 'openid offline_access', 'something else']) {
    const server = await mcpServer(t, { scopes: [] })
    const { person, call } = await connect(t, await application(scope === undefined ? {} : { scope }), server.address)
    t.deepEqual(await call(), [{ type: 'text', text: person.id }], scope)
  }
})

test('it connects to a server at the root of its host, whether or not the metadata writes the slash', async t => {
  for (const slash of ['', '/']) {
    const server = await mcpServer(t, { path: '', resource: address => address + slash })
    const made = await application()
    const { person, call } = await connect(t, made, server.address)
    t.is(made.requests[0]?.searchParams.get('resource'), server.address + slash)
    t.deepEqual(await call(), [{ type: 'text', text: person.id }])
  }
})

test('it connects with a secret too, without PKCE being weakened', async t => {
  const server = await mcpServer(t)
  const made = await application({ profile: 'web' })
  const { client, secret } = await app.scope(() => app.clients.rotateSecret(made.client!.client_id, { by: operator }))
  made.client = { client_id: client.id, client_secret: secret }
  const { person, call } = await connect(t, made, server.address)
  t.deepEqual(await call(), [{ type: 'text', text: person.id }])
  t.is(made.requests[0]?.searchParams.get('code_challenge_method'), 'S256')
})

test('it calls the API of the demo, which needs no more than its metadata for that', async t => {
  const demo = await startDemoAt(gatehouse)
  t.teardown(() => demo.close())
  const api = `${demo.url}/api`
  const made = await application()
  const ada = await makePerson(gatehouse)
  const call = () => withOAuth(made, api)(fetch)(`${api}/whoami`)

  await t.throwsAsync(call(), { instanceOf: UnauthorizedError })
  const authorizationCode = await made.signIn(ada)
  t.is(await auth(made, { serverUrl: api, authorizationCode }), 'AUTHORIZED')
  t.like(await (await call()).json(), { sub: ada.id, scope: 'demo:read', client_id: made.client!.client_id })

  made.kept = { ...made.kept!, access_token: 'expired' }
  t.is((await call()).status, 200)
  t.is(made.requests.length, 1)
})

test('a token for one server is refused by another', async t => {
  const [one, other] = [await mcpServer(t), await mcpServer(t)]
  const made = await application()
  await connect(t, made, one.address)
  const headers = { authorization: `Bearer ${made.kept!.access_token}` }
  t.is((await fetch(one.address, { headers })).status, 405)
  t.is((await fetch(other.address, { headers })).status, 401)
})

test('a person who declines is sent back to the application, and nothing is allowed', async t => {
  const server = await mcpServer(t)
  const made = await application()
  const ada = await makePerson(gatehouse)
  t.is(await auth(made, { serverUrl: server.address }), 'REDIRECT')
  await made.browser.submit({ email: ada.email, password: ada.password })
  for (const words of ['Assistant', 'Whoami', 'Know who you are']) t.true(made.browser.text.includes(words), words)
  await made.browser.submit({ decision: 'deny' })
  t.is(new URL(made.browser.page.url).searchParams.get('error'), 'access_denied')
})
